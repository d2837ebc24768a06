using static Waybill.Samples.QemuNbd.Tests.HostileServer;

namespace Waybill.Samples.QemuNbd.Tests;

/// <summary>Whatever a server sends, the client says what is wrong with it; it neither hangs nor allocates what the server says.</summary>
public sealed class HostileServerTests
{
    private const int Asked = 4096;

    public static TheoryData<string, string> BrokenAnswers() => new()
    {
        { "magic", "begins with" },
        { "cookie", "cookie" },
        { "huge", "4294967287 bytes" },
        { "outside", "asked for were 4096" },
        { "before", "asked for were 4096" },
        { "overflow", "asked for were 4096" },
        { "twice", "more than the 4096 bytes" },
        { "short", "ended after" },
        { "unknown-chunk", "chunk of type" },
        { "hole-length", "chunk of type" },
        { "message", "does not fit its chunk" },
        { "status-for-read", "a map came" },
        { "unstructured", "without structure" },
    };

    [Theory]
    [MemberData(nameof(BrokenAnswers))]
    public async Task Read_WithBrokenAnswer_NamesWhatIsWrong(string kind, string expected)
    {
        await using var server = new HostileServer((stream, request) => stream.WriteAsync(Answer(kind, request[8..16])).AsTask());
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "", [NbdClient.Allocation]);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
        Assert.True(client.IsClosed);
        await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client));
    }

    [Fact]
    public async Task Read_AnswerCutOff_IsTransient()
    {
        await using var server = new HostileServer(async (stream, request) =>
        {
            await stream.WriteAsync(Chunk(request[8..16], 1, 1, 8 + Asked, [.. Number(0), .. new byte[100]]));
            stream.Close();
        });
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "");

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client));

        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task Read_ErrorChunk_IsTheServersErrorAndLeavesTheConnectionOpen()
    {
        int count = 0;
        await using var server = new HostileServer((stream, request) => stream.WriteAsync(
            count++ == 0
                ? Chunk(request[8..16], 1, 0x8002, 18, [0, 0, 0, 5, 0, 4, .. "disk"u8, .. Number(0)])
                : Chunk(request[8..16], 1, 2, 12, [.. Number(0), 0, 0, 0x10, 0])).AsTask());
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "");

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client));
        byte[] second = await ReadAsync(client);

        Assert.Equal("EIO", error.VendorCode);
        Assert.Contains("disk", error.Message, StringComparison.Ordinal);
        Assert.All(second, one => Assert.Equal(0, one));
    }

    [Fact]
    public async Task Read_InChunksInAnyOrder_IsPutTogether()
    {
        await using var server = new HostileServer(async (stream, request) =>
        {
            await stream.WriteAsync(Chunk(request[8..16], 0, 1, 8 + 96, [.. Number(4000), .. Enumerable.Repeat((byte)2, 96)]));
            await stream.WriteAsync(Chunk(request[8..16], 0, 2, 12, [.. Number(0), 0, 0, 0, 100]));
            await stream.WriteAsync(Chunk(request[8..16], 0, 1, 8 + 3900, [.. Number(100), .. Enumerable.Repeat((byte)1, 3900)]));
            await stream.WriteAsync(Chunk(request[8..16], 1, 0, 0, []));
        });
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "");

        byte[] content = await ReadAsync(client);

        Assert.Equal([.. new byte[100], .. Enumerable.Repeat((byte)1, 3900), .. Enumerable.Repeat((byte)2, 96)], content);
    }

    [Theory]
    [InlineData(0u, "without length")]
    [InlineData(uint.MaxValue, null)]
    public async Task Map_WithOddLengths_IsRefusedOrClipped(uint length, string? expected)
    {
        await using var server = new HostileServer((stream, request) => stream.WriteAsync(
            Chunk(request[8..16], 1, 5, 12, [0, 0, 0, 7, .. Number(((ulong)length << 32) | 3)])).AsTask());
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "", [NbdClient.Allocation]);

        Exception? error = await Record.ExceptionAsync(async () =>
        {
            await foreach (NbdExtent extent in client.MapAsync(NbdClient.Allocation, new ByteRange(0, Length)))
            {
                Assert.Equal(new ByteRange(0, Length), extent.Range);
            }
        });

        Assert.Equal(expected is null, error is null);
        Assert.Contains(expected ?? "", error?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_OfAnotherContextThanAsked_Fails()
    {
        await using var server = new HostileServer((stream, request) => stream.WriteAsync(Chunk(request[8..16], 1, 5, 12, [0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0, 0])).AsTask());
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "", [NbdClient.Allocation]);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.MapAsync(NbdClient.Allocation, new ByteRange(0, Length)).FirstAsync());

        Assert.Contains("leaves out the context", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_WhileTheServerIsSilent_ClosesTheConnection()
    {
        await using var server = new HostileServer((_, _) => Task.CompletedTask);
        await using NbdClient client = await NbdClient.ConnectAsync(server.SocketPath, "");
        using var stop = new CancellationTokenSource();
        Task other = ReadAsync(client);
        Task cancelled = client.ReadAsync(0, new byte[Asked], stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => other);
        Assert.True(error.IsTransient);
        Assert.True(client.IsClosed);
    }

    [Fact]
    public async Task Connect_SizeOverflow_Fails()
    {
        await using var server = new HostileServer((_, _) => Task.CompletedTask) { SaidLength = ulong.MaxValue };

        await AssertConnectFailsAsync(server, "18446744073709551615 bytes");
    }

    [Fact]
    public async Task Connect_HugeReply_Fails()
    {
        await using var server = new HostileServer((_, _) => Task.CompletedTask) { SaidReplyLength = uint.MaxValue };

        await AssertConnectFailsAsync(server, "4294967295 bytes");
    }

    [Fact]
    public async Task Connect_NotAnNbdServer_Fails()
    {
        await using var server = new HostileServer((_, _) => Task.CompletedTask) { Greeting = [.. "HTTP/1.1 400 Bad Request"u8] };

        await AssertConnectFailsAsync(server, "greet");
    }

    private static async Task AssertConnectFailsAsync(HostileServer server, string expected)
    {
        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => NbdClient.ConnectAsync(server.SocketPath, "", [NbdClient.Allocation]));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    private static async Task<byte[]> ReadAsync(NbdClient client)
    {
        byte[] content = [.. Enumerable.Repeat((byte)0xee, Asked)];
        await client.ReadAsync(0, content);
        return content;
    }

    private static byte[] Answer(string kind, byte[] cookie) => kind switch
    {
        "magic" => new byte[32],
        "cookie" => Chunk([1, 2, 3, 4, 5, 6, 7, 8], 1, 1, 8 + Asked, Number(0)),
        "huge" => Chunk(cookie, 1, 1, uint.MaxValue, Number(0)),
        "outside" => Chunk(cookie, 1, 1, 8 + Asked, Number(1)),
        "before" => Chunk(cookie, 1, 1, 8 + 10, Number(Length)),
        "overflow" => Chunk(cookie, 1, 1, 8 + 10, Number(ulong.MaxValue - 4)),
        "twice" => [.. Chunk(cookie, 0, 1, 8 + Asked, [.. Number(0), .. new byte[Asked]]), .. Chunk(cookie, 1, 2, 12, [.. Number(0), 0, 0, 0, 1])],
        "short" => Chunk(cookie, 1, 2, 12, [.. Number(0), 0, 0, 0, 1]),
        "unknown-chunk" => Chunk(cookie, 1, 77, 4, new byte[4]),
        "hole-length" => Chunk(cookie, 1, 2, 8, new byte[8]),
        "message" => Chunk(cookie, 1, 0x8001, 6, [0, 0, 0, 5, 0xff, 0xff]),
        "status-for-read" => Chunk(cookie, 1, 5, 12, [0, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 0]),
        "unstructured" => [0x67, 0x44, 0x66, 0x98, 0, 0, 0, 0, .. cookie],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
