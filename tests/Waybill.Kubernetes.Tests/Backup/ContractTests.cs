using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Kubernetes.Tests.Backup;

/// <summary>What a caller of the backup API must not believe, over a real wire (docs/spec/backup-api.md, section 3).</summary>
public sealed class ContractTests
{
    private const int Capacity = 1 << 20;

    public static TheoryData<string, WaybillErrorCode> Breaches() => new()
    {
        { "no head", WaybillErrorCode.DeltaInvalid },
        { "two heads", WaybillErrorCode.DeltaInvalid },
        { "no end", WaybillErrorCode.DeltaInvalid },
        { "nothing", WaybillErrorCode.DeltaInvalid },
        { "more after the end", WaybillErrorCode.DeltaInvalid },
        { "wrong totals", WaybillErrorCode.DeltaInvalid },
        { "overlap", WaybillErrorCode.DeltaInvalid },
        { "backwards", WaybillErrorCode.DeltaInvalid },
        { "empty", WaybillErrorCode.DeltaInvalid },
        { "outside", WaybillErrorCode.DeltaInvalid },
        { "beyond any number", WaybillErrorCode.DeltaInvalid },
        { "short data", WaybillErrorCode.DeltaInvalid },
        { "zeros with data", WaybillErrorCode.DeltaInvalid },
        { "no kind", WaybillErrorCode.DeltaInvalid },
        { "wrong digest", WaybillErrorCode.DigestMismatch },
        { "no digest", WaybillErrorCode.DigestMismatch },
        { "gap in full", WaybillErrorCode.DeltaInvalid },
        { "full ends early", WaybillErrorCode.DeltaInvalid },
        { "a delta nobody asked for", WaybillErrorCode.DeltaInvalid },
        { "another start", WaybillErrorCode.DeltaInvalid },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task Read_OfAStreamThatBreaksTheContract_Fails(string breach, WaybillErrorCode code)
    {
        await using RawBackupServer server = await RawBackupServer.StartAsync(Break(breach));
        using BackupClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client));

        Assert.Equal(code, error.Code);
        Assert.Single(server.Questions);
    }

    [Fact]
    public async Task Read_OfAGoodStream_GivesWhatCame()
    {
        await using RawBackupServer server = await RawBackupServer.StartAsync(new RawAnswer(Head(), Data(0, 1000), Zeros(5000, 90_000), End(2, 91_000, 1000)));
        using BackupClient client = server.Connect();

        List<ByteRange> ranges = await ReadAsync(client);

        Assert.Equal([new ByteRange(0, 1000), new ByteRange(5000, 90_000)], ranges);
    }

    [Fact]
    public async Task Read_OfZerosLargerThanMemory_NeedsNone()
    {
        const long Huge = 1L << 60;
        await using RawBackupServer server = await RawBackupServer.StartAsync(new RawAnswer(Head(capacity: Huge), Zeros(0, Huge), End(1, Huge, 0)));
        using BackupClient client = server.Connect();

        Assert.Equal([new ByteRange(0, Huge)], await ReadAsync(client));
    }

    [Fact]
    public async Task Read_OverACutConnection_GoesOnBehindTheLastPiece()
    {
        var taken = new TaskCompletionSource();
        await using RawBackupServer server = await RawBackupServer.StartAsync(
            new RawAnswer(Head(), Data(0, 1000), Data(4000, 1000)) { CutWhen = taken.Task },
            new RawAnswer(Head(start: 5000)) { CutWhen = Task.CompletedTask },
            new RawAnswer { Status = (int)StatusCode.Unavailable },
            new RawAnswer(Head(start: 5000), Data(6000, 1000), End(1, 1000, 1000)));
        using BackupClient client = server.Connect();

        List<ByteRange> ranges = await ReadAsync(client, count => TrySet(taken, count == 2));

        Assert.Equal([new ByteRange(0, 1000), new ByteRange(4000, 1000), new ByteRange(6000, 1000)], ranges);
        Assert.Equal([0UL, 5000UL, 5000UL, 5000UL], server.Questions.Select(question => question.StartingOffset));
    }

    [Fact]
    public async Task Read_ThatGoesOnWithAnotherSnapshot_Fails()
    {
        var taken = new TaskCompletionSource();
        await using RawBackupServer server = await RawBackupServer.StartAsync(
            new RawAnswer(Head(), Data(0, 1000)) { CutWhen = taken.Task },
            new RawAnswer(Head(start: 1000, changeId: "another"), Data(6000, 1000), End(1, 1000, 1000)));
        using BackupClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client, count => TrySet(taken, count == 1)));

        Assert.Equal(WaybillErrorCode.DeltaInvalid, error.Code);
    }

    [Fact]
    public async Task Read_BehindACallersLimit_WaitsAndRepeats()
    {
        await using RawBackupServer server = await RawBackupServer.StartAsync(
            new RawAnswer { Status = (int)StatusCode.ResourceExhausted }, new RawAnswer { Status = (int)StatusCode.ResourceExhausted }, new RawAnswer(Head(), End(0, 0, 0)));
        using BackupClient client = server.Connect();

        Assert.Empty(await ReadAsync(client));
        Assert.Equal(3, server.Questions.Count);
    }

    [Fact]
    public async Task Read_WithATokenThatRanOut_AsksForAnotherOnce()
    {
        await using RawBackupServer server = await RawBackupServer.StartAsync(new RawAnswer { Status = (int)StatusCode.Unauthenticated }, new RawAnswer(Head(), End(0, 0, 0)));
        using BackupClient client = server.Connect((renew, _) => ValueTask.FromResult(renew ? "fresh" : "old"));

        await ReadAsync(client);

        Assert.Equal(["Bearer old", "Bearer fresh"], server.Tokens);
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated, "", WaybillErrorCode.ClusterRefused, 2)]
    [InlineData(StatusCode.PermissionDenied, "", WaybillErrorCode.ClusterRefused, 1)]
    [InlineData(StatusCode.FailedPrecondition, "WB3004: gone", WaybillErrorCode.ChangeTrackingLost, 1)]
    [InlineData(StatusCode.FailedPrecondition, "WB3005: in use", WaybillErrorCode.ProviderBusy, 1)]
    [InlineData(StatusCode.FailedPrecondition, "WB9999: unheard of", WaybillErrorCode.ChangeTrackingLost, 1)]
    [InlineData(StatusCode.ResourceExhausted, "WB1605: full", WaybillErrorCode.NoSpace, 1)]
    [InlineData(StatusCode.Unimplemented, "", WaybillErrorCode.ProviderUnsupported, 1)]
    [InlineData(StatusCode.DataLoss, "", WaybillErrorCode.SourceReadFailed, 1)]
    [InlineData(StatusCode.Internal, "", WaybillErrorCode.ProviderFailed, 1)]
    public async Task Read_ThatIsRefused_SaysWhyAndIsNotRepeatedInVain(StatusCode status, string detail, WaybillErrorCode code, int calls)
    {
        var answer = new RawAnswer { Status = (int)status, Detail = detail };
        await using RawBackupServer server = await RawBackupServer.StartAsync(answer, answer);
        using BackupClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ReadAsync(client));

        Assert.Equal(code, error.Code);
        Assert.False(error.IsTransient);
        Assert.Equal(calls, server.Questions.Count);
        Assert.DoesNotContain("token", error.ToDisplayString().Replace("the token", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ThatIsCancelled_NeverEndsCleanly()
    {
        await using RawBackupServer server = await RawBackupServer.StartAsync(new RawAnswer(Head(), Data(0, 1000), Data(2000, 1000), End(2, 2000, 2000)));
        using BackupClient client = server.Connect();
        using var stop = new CancellationTokenSource();
        await using BackupAnswer<VolumeChange> answer = await client.ReadDataAsync(new BackupQuestion("shop", "snap"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (VolumeChange change in answer.ReadAsync(stop.Token))
            {
                await stop.CancelAsync();
            }
        });
    }

    [Fact]
    public void Connect_WithoutACertificateOfAnAuthority_IsRefused()
    {
        WaybillException error = Assert.Throws<WaybillException>(() =>
            BackupClient.Connect(new BackupClientOptions("127.0.0.1:1", "no certificate"u8.ToArray(), (_, _) => ValueTask.FromResult(""))));

        Assert.Equal(WaybillErrorCode.ConfigurationInvalid, error.Code);
    }

    private static RawAnswer Break(string breach) => breach switch
    {
        "no head" => new RawAnswer(Data(0, 1000), End(1, 1000, 1000)),
        "two heads" => new RawAnswer(Head(), Head(), End(0, 0, 0)),
        "no end" => new RawAnswer(Head(), Data(0, 1000)),
        "nothing" => new RawAnswer(),
        "more after the end" => new RawAnswer(Head(), Data(0, 1000), End(1, 1000, 1000), Data(2000, 1000)),
        "wrong totals" => new RawAnswer(Head(), Data(0, 1000), End(2, 1000, 1000)),
        "overlap" => new RawAnswer(Head(), Data(0, 1000), Data(999, 1000), End(2, 2000, 2000)),
        "backwards" => new RawAnswer(Head(), Data(5000, 1000), Data(0, 1000), End(2, 2000, 2000)),
        "empty" => new RawAnswer(Head(), Data(0, 0), End(1, 0, 0)),
        "outside" => new RawAnswer(Head(), Data(Capacity - 10, 11), End(1, 11, 11)),
        "beyond any number" => new RawAnswer(Head(), Zeros(1, ulong.MaxValue), End(1, ulong.MaxValue, 0)),
        "short data" => new RawAnswer(Head(), Change(Data(0, 1000), chunk => chunk.Length = 1001), End(1, 1001, 1001)),
        "zeros with data" => new RawAnswer(Head(), Change(Data(0, 1000), chunk => chunk.Kind = RangeKind.Zero), End(1, 1000, 0)),
        "no kind" => new RawAnswer(Head(), Change(Data(0, 1000), chunk => chunk.Kind = RangeKind.Unspecified), End(1, 1000, 1000)),
        "wrong digest" => new RawAnswer(Head(), Change(Data(0, 1000), chunk => chunk.Sha256 = ByteString.CopyFrom(new byte[32])), End(1, 1000, 1000)),
        "no digest" => new RawAnswer(Head(), Change(Data(0, 1000), chunk => chunk.Sha256 = ByteString.Empty), End(1, 1000, 1000)),
        "gap in full" => new RawAnswer(Head(Method.Full), Zeros(0, 1000), Zeros(2000, Capacity - 2000), End(2, Capacity - 1000, 0)),
        "full ends early" => new RawAnswer(Head(Method.Full), Zeros(0, Capacity - 1), End(1, Capacity - 1, 0)),
        "a delta nobody asked for" => new RawAnswer(Head(Method.Delta), End(0, 0, 0)),
        "another start" => new RawAnswer(Head(start: 4096), End(0, 0, 0)),
        _ => throw new ArgumentOutOfRangeException(nameof(breach)),
    };

    private static ReadDataResponse Head(Method method = Method.Allocated, ulong start = 0, ulong capacity = Capacity, string changeId = "c1") =>
        new() { Head = new Head { VolumeId = "vol-1", CapacityBytes = capacity, Method = method, ChangeId = changeId, StartingOffset = start } };

    private static ReadDataResponse Data(ulong offset, int length)
    {
        byte[] bytes = StorageLab.Bytes(length, (int)offset);
        return new ReadDataResponse
        {
            Chunk = new Chunk { Offset = offset, Length = (ulong)length, Kind = RangeKind.Data, Data = ByteString.CopyFrom(bytes), Sha256 = ByteString.CopyFrom(SHA256.HashData(bytes)) },
        };
    }

    private static ReadDataResponse Zeros(ulong offset, ulong length) => new() { Chunk = new Chunk { Offset = offset, Length = length, Kind = RangeKind.Zero } };

    private static ReadDataResponse End(ulong ranges, ulong bytes, ulong data) => new() { End = new End { Ranges = ranges, Bytes = bytes, DataBytes = data } };

    private static ReadDataResponse Change(ReadDataResponse message, Action<Chunk> change)
    {
        change(message.Chunk);
        return message;
    }

    private static void TrySet(TaskCompletionSource source, bool now)
    {
        if (now)
        {
            source.TrySetResult();
        }
    }

    private static async Task<List<ByteRange>> ReadAsync(BackupClient client, Action<int>? onRange = null)
    {
        await using BackupAnswer<VolumeChange> answer = await client.ReadDataAsync(new BackupQuestion("shop", "snap"));
        var ranges = new List<ByteRange>();
        await foreach (VolumeChange change in answer.ReadAsync())
        {
            ranges.Add(change.Range);
            onRange?.Invoke(ranges.Count);
        }

        return ranges;
    }
}
