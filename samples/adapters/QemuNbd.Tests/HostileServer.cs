using System.Buffers.Binary;
using System.Net.Sockets;

namespace Waybill.Samples.QemuNbd.Tests;

/// <summary>An NBD server that negotiates one export and then answers as a test wants it to.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    public const int Length = 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("wb-nbd-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public HostileServer(Func<Stream, byte[], Task> answerAsync)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _serving = ServeAsync(answerAsync);
    }

    public string SocketPath => Path.Combine(_directory, "s");

    public byte[] Greeting { get; init; } = [.. "NBDMAGICIHAVEOPT"u8, 0, 3];

    /// <summary>Gets the size it says the export has.</summary>
    public ulong SaidLength { get; init; } = Length;

    /// <summary>Gets the size it says its answer to an option has; 0 for the true one.</summary>
    public uint SaidReplyLength { get; init; }

    public static byte[] Chunk(byte[] cookie, ushort flags, ushort type, uint length, byte[] body)
    {
        var chunk = new byte[20 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(chunk, 0x668e33ef);
        BinaryPrimitives.WriteUInt16BigEndian(chunk.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt16BigEndian(chunk.AsSpan(6), type);
        cookie.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(16), length);
        body.CopyTo(chunk, 20);
        return chunk;
    }

    public static byte[] Number(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ServeAsync(Func<Stream, byte[], Task> answerAsync)
    {
        using Socket socket = await _listener.AcceptAsync(_stop.Token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Greeting, _stop.Token);
        await stream.ReadExactlyAsync(new byte[4], _stop.Token);
        while (true)
        {
            var option = new byte[16];
            await stream.ReadExactlyAsync(option, _stop.Token);
            uint number = BinaryPrimitives.ReadUInt32BigEndian(option.AsSpan(8));
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadUInt32BigEndian(option.AsSpan(12))], _stop.Token);
            if (number == 10)
            {
                await ReplyAsync(stream, number, 4, [0, 0, 0, 7, .. "base:allocation"u8]);
            }

            if (number == 7)
            {
                await ReplyAsync(stream, number, 3, [0, 0, .. Number(SaidLength), 1, 0x65]);
            }

            await ReplyAsync(stream, number, 1, []);
            if (number == 7)
            {
                break;
            }
        }

        while (true)
        {
            var request = new byte[28];
            await stream.ReadExactlyAsync(request, _stop.Token);
            await answerAsync(stream, request);
        }
    }

    private async Task ReplyAsync(Stream stream, uint option, uint type, byte[] body)
    {
        var reply = new byte[20 + body.Length];
        BinaryPrimitives.WriteUInt64BigEndian(reply, 0x0003e889045565a9);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(8), option);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(12), type);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(16), SaidReplyLength > 0 ? SaidReplyLength : (uint)body.Length);
        body.CopyTo(reply, 20);
        await stream.WriteAsync(reply, _stop.Token);
    }
}
