using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.ChangedBlocks;

public sealed class AllocatedTests : IAsyncLifetime
{
    private const long Length = 1 << 20;

    private readonly ScriptedProvider _provider = new();
    private PluginHost _host = null!;
    private VolumeId _volume;

    public async Task InitializeAsync()
    {
        _host = await PluginHost.StartAsync(_provider);
        _volume = _provider.AddVolume("v", Length);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task GetMetadataAllocated_OfASnapshot_ListsWhatWasWritten()
    {
        Write(0, 4096);
        Write(8192, 100);
        Write(Length - 1, 1);
        string snapshot = await TakeAsync();

        MetadataAnswer answer = await MetadataAnswer.ReadAsync(_host.Metadata.GetMetadataAllocated(Ask(snapshot)));

        Assert.Equal(BlockMetadataType.VariableLength, answer.Type);
        Assert.Equal(Length, answer.Capacity);
        Assert.Equal([new ByteRange(0, 4096), new ByteRange(8192, 4096), new ByteRange(Length - 4096, 4096)], answer.Ranges);
    }

    [Fact]
    public async Task GetMetadataAllocated_OfAnEmptySnapshot_SaysHowLargeItIs()
    {
        MetadataAnswer answer = await MetadataAnswer.ReadAsync(_host.Metadata.GetMetadataAllocated(Ask(await TakeAsync())));

        Assert.Equal((Length, 1, 0), (answer.Capacity, answer.Messages, answer.Ranges.Count));
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(7, 3)]
    [InlineData(20, 1)]
    [InlineData(0, 1)]
    [InlineData(int.MaxValue, 1)]
    public async Task GetMetadataAllocated_WithMaxResults_SendsNoMoreAtOnce(int max, int messages)
    {
        for (int number = 0; number < 20; number++)
        {
            Write(number * 16384L, 1);
        }

        string snapshot = await TakeAsync();
        MetadataAnswer answer = await MetadataAnswer.ReadAsync(_host.Metadata.GetMetadataAllocated(Ask(snapshot, max: max)), max: max);

        Assert.Equal((messages, 20), (answer.Messages, answer.Ranges.Count));
    }

    [Fact]
    public async Task GetMetadataAllocated_WithWhatIsMissingOrWrong_IsRefused()
    {
        string snapshot = await TakeAsync();

        await MetadataAnswer.FailAsync(StatusCode.InvalidArgument, _host.Metadata.GetMetadataAllocated(Ask("")));
        await MetadataAnswer.FailAsync(StatusCode.NotFound, _host.Metadata.GetMetadataAllocated(Ask("none")));
        await MetadataAnswer.FailAsync(StatusCode.NotFound, _host.Metadata.GetMetadataAllocated(Ask("no\nsnapshot")));
        await MetadataAnswer.FailAsync(StatusCode.OutOfRange, _host.Metadata.GetMetadataAllocated(Ask(snapshot, -1)));
        await MetadataAnswer.FailAsync(StatusCode.OutOfRange, _host.Metadata.GetMetadataAllocated(Ask(snapshot, Length + 1)));
        await MetadataAnswer.FailAsync(StatusCode.OutOfRange, _host.Metadata.GetMetadataAllocated(Ask(snapshot, long.MaxValue)));
        await MetadataAnswer.FailAsync(StatusCode.InvalidArgument, _host.Metadata.GetMetadataAllocated(Ask(snapshot, max: -1)));
        await MetadataAnswer.FailAsync(StatusCode.InvalidArgument, _host.Metadata.GetMetadataAllocated(Ask(snapshot, max: int.MinValue)));
        await MetadataAnswer.FailAsync(StatusCode.InvalidArgument, _host.Metadata.GetMetadataAllocated(Ask(new string('s', 129))));
    }

    [Fact]
    public async Task GetMetadataAllocated_FromTheEndOn_IsEmptyAndClean()
    {
        Write(0, (int)Length);
        string snapshot = await TakeAsync();

        MetadataAnswer answer = await MetadataAnswer.ReadAsync(_host.Metadata.GetMetadataAllocated(Ask(snapshot, Length)), Length);

        Assert.Empty(answer.Ranges);
    }

    [Fact]
    public async Task GetMetadataAllocated_OfAGrownVolume_HasTheCapacityOfTheSnapshot()
    {
        string before = await TakeAsync();
        _provider.GetDisk(_volume).Grow(2 * Length);

        Assert.Equal(Length, (await MetadataAnswer.ReadAsync(_host.Metadata.GetMetadataAllocated(Ask(before)))).Capacity);
        Assert.Equal(2 * Length, (await MetadataAnswer.ReadAsync(_host.Metadata.GetMetadataAllocated(Ask(await TakeAsync("s2"))))).Capacity);
    }

    [Theory]
    [InlineData(true, Length, true)]
    [InlineData(true, Length + 512, false)]
    [InlineData(false, Length, false)]
    public async Task GetMetadataAllocated_OfAPluginThatListsBlocks_DoesWhereTheyFit(bool isWanted, long length, bool isFixed)
    {
        await using PluginHost host = await PluginHost.StartAsync(_provider, plugin => plugin with { FixedLengthMetadata = isWanted });
        VolumeId volume = _provider.AddVolume("odd", length);
        _provider.GetDisk(volume).Write(4096, new byte[9000].Select(_ => (byte)1).ToArray());
        SnapshotDescriptor snapshot = await _provider.CreateSnapshotAsync(volume, "odd");

        MetadataAnswer answer = await MetadataAnswer.ReadAsync(host.Metadata.GetMetadataAllocated(Ask(snapshot.Id.ToString())));

        Assert.Equal(isFixed ? BlockMetadataType.FixedLength : BlockMetadataType.VariableLength, answer.Type);
        Assert.Equal([new ByteRange(4096, 12288)], MetadataAnswer.From(answer.Ranges, 0));
        Assert.Equal(isFixed ? 3 : 1, answer.Ranges.Count);
    }

    [Fact]
    public async Task GetMetadataAllocated_OfAPlatformThatDoesNotKnow_IsRefused()
    {
        var provider = new ScriptedProvider(new ScriptedProviderOptions { ReportsAllocated = false });
        await using PluginHost host = await PluginHost.StartAsync(provider);
        SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(provider.AddVolume("v", 4096), "s");

        Status status = await MetadataAnswer.FailAsync(StatusCode.FailedPrecondition, host.Metadata.GetMetadataAllocated(Ask(snapshot.Id.ToString())));

        Assert.StartsWith("WB3011: ", status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, StatusCode.Internal)]
    [InlineData(true, StatusCode.Unavailable)]
    public async Task GetMetadataAllocated_WhenThePlatformFailsInTheMiddle_NeverEndsCleanly(bool transient, StatusCode code)
    {
        for (int number = 0; number < 20; number++)
        {
            Write(number * 16384L, 1);
        }

        string snapshot = await TakeAsync();
        for (int nth = 1; nth <= 20; nth++)
        {
            _provider.Faults.Fail(ScriptedCall.DeliverChange, nth, transient);
            await MetadataAnswer.FailAsync(code, _host.Metadata.GetMetadataAllocated(Ask(snapshot, max: 3)));
            _provider.Faults.Clear();
        }
    }

    [Fact]
    public async Task GetMetadataAllocated_WhenItsCallerGivesUp_StopsThePlatformAndIsNoSuccess()
    {
        for (int number = 0; number < 20; number++)
        {
            Write(number * 16384L, 1);
        }

        string snapshot = await TakeAsync();
        var logger = new RecordingLogger();
        await using PluginHost host = await PluginHost.StartAsync(_provider, logger: logger);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int delivered = 0;
        _provider.Faults.BeforeCall = async (call, cancellationToken) =>
        {
            // The caller may be heard before the platform has come as far as to wait.
            int number = call == ScriptedCall.DeliverChange ? Interlocked.Increment(ref delivered) : 0;
            if (number == 1)
            {
                cancellationToken.Register(() => stopped.TrySetResult());
            }

            if (number > 10)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };
        using var caller = new CancellationTokenSource();
        using AsyncServerStreamingCall<GetMetadataAllocatedResponse> call = host.Metadata.GetMetadataAllocated(Ask(snapshot, max: 1), cancellationToken: caller.Token);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        await caller.CancelAsync();

        await MetadataAnswer.FailAsync(StatusCode.Cancelled, call);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await host.Server.StopAsync();
        (Microsoft.Extensions.Logging.LogLevel _, string line) = Assert.Single(logger.Lines, line => line.Text.Contains("GetMetadataAllocated", StringComparison.Ordinal) && !line.Text.Contains("{snapshot_id", StringComparison.Ordinal));
        Assert.Contains("Cancelled", line);
    }

    [Theory]
    [InlineData(Breach.AllocatedUnsorted)]
    [InlineData(Breach.AllocatedOverlaps)]
    [InlineData(Breach.AllocatedEmpty)]
    [InlineData(Breach.AllocatedPastEnd)]
    public async Task GetMetadataAllocated_OfAPlatformThatBreaksItsContract_EndsInAnError(Breach breach)
    {
        for (int number = 0; number < 6; number++)
        {
            Write(number * 65536L, 5000);
        }

        Write(Length - 10, 10);
        string snapshot = await TakeAsync();
        await using PluginHost host = await PluginHost.StartAsync(new BrokenProvider(_provider, breach));

        Status status = await MetadataAnswer.FailAsync(StatusCode.Internal, host.Metadata.GetMetadataAllocated(Ask(snapshot, max: 1)));

        Assert.StartsWith("WB3012: ", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetMetadataAllocated_ThatIsTooSlow_ExceedsItsDeadline()
    {
        string snapshot = await TakeAsync();
        _provider.Faults.BeforeCall = async (call, cancellationToken) =>
        {
            if (call == ScriptedCall.GetAllocated)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };

        await MetadataAnswer.FailAsync(
            StatusCode.DeadlineExceeded, _host.Metadata.GetMetadataAllocated(Ask(snapshot), deadline: TimeProvider.System.GetUtcNow().AddMilliseconds(300).UtcDateTime));
    }

    private static GetMetadataAllocatedRequest Ask(string snapshot, long start = 0, int max = 0) =>
        new() { SnapshotId = snapshot, StartingOffset = start, MaxResults = max };

    private void Write(long offset, int length)
    {
        byte[] data = new byte[length];
        Array.Fill(data, (byte)7);
        _provider.GetDisk(_volume).Write(offset, data);
    }

    private async Task<string> TakeAsync(string name = "s") => (await _provider.CreateSnapshotAsync(_volume, name)).Id.ToString();
}
