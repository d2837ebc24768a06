using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.ChangedBlocks;

public sealed class DeltaTests
{
    private const long Length = 1 << 20;

    public static TheoryData<ChangeShape> Shapes =>
        [ChangeShape.ListAndRead, ChangeShape.ListAndToken, ChangeShape.Stream, ChangeShape.DeltaVolume, ChangeShape.Push, ChangeShape.MapAndRead];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task GetMetadataDelta_InEveryShape_ListsWhatChanged(ChangeShape shape)
    {
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { Shape = shape });
        setup.Disk.Write(0, Filled(65536));
        string before = await setup.TakeAsync("before");
        setup.Disk.Write(4096, Filled(10));
        setup.Disk.Discard(new ByteRange(16384, 8192));
        setup.Disk.WriteZeroes(new ByteRange(32768, 4096));
        setup.Disk.Write(Length - 4096, Filled(4096));
        string after = await setup.TakeAsync("after");

        MetadataAnswer answer = await MetadataAnswer.ReadAsync(setup.Host.Metadata.GetMetadataDelta(Ask(before, after)));

        Assert.Equal(
            [new ByteRange(4096, 4096), new ByteRange(16384, 8192), new ByteRange(32768, 4096), new ByteRange(Length - 4096, 4096)],
            MetadataAnswer.From(answer.Ranges, 0));
        Assert.Equal(Length, answer.Capacity);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task GetMetadataDelta_OfNothing_SaysHowLargeTheVolumeIs(ChangeShape shape)
    {
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { Shape = shape });
        setup.Disk.Write(0, Filled(65536));
        string before = await setup.TakeAsync("before");
        string after = await setup.TakeAsync("after");

        MetadataAnswer answer = await MetadataAnswer.ReadAsync(setup.Host.Metadata.GetMetadataDelta(Ask(before, after)));
        MetadataAnswer same = await MetadataAnswer.ReadAsync(setup.Host.Metadata.GetMetadataDelta(Ask(after, after)));

        Assert.Equal((Length, 1, 0), (answer.Capacity, answer.Messages, answer.Ranges.Count));
        Assert.Equal((Length, 1, 0), (same.Capacity, same.Messages, same.Ranges.Count));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task GetMetadataDelta_CutAtEveryChangeAndResumed_GivesTheSame(ChangeShape shape)
    {
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { Shape = shape, ListAgainExpires = false });
        string before = await setup.TakeAsync("before");
        for (int number = 0; number < 12; number++)
        {
            setup.Disk.Write((number * 40960L) + 100, Filled(number % 3 == 0 ? 9000 : 50));
        }

        string after = await setup.TakeAsync("after");
        MetadataAnswer whole = await MetadataAnswer.ReadAsync(setup.Host.Metadata.GetMetadataDelta(Ask(before, after)));
        for (int cut = 1; cut <= 12; cut++)
        {
            setup.Provider.Faults.Fail(ScriptedCall.DeliverChange, cut, transient: true);
            var received = new List<ByteRange>();
            using (AsyncServerStreamingCall<GetMetadataDeltaResponse> call = setup.Host.Metadata.GetMetadataDelta(Ask(before, after, max: 1)))
            {
                RpcException error = await Assert.ThrowsAsync<RpcException>(async () =>
                {
                    while (await call.ResponseStream.MoveNext(CancellationToken.None))
                    {
                        received.AddRange(call.ResponseStream.Current.BlockMetadata.Select(block => new ByteRange(block.ByteOffset, block.SizeBytes)));
                    }
                });
                Assert.Equal(StatusCode.Unavailable, error.StatusCode);
            }

            setup.Provider.Faults.Clear();
            long resume = received.Count == 0 ? 0 : received[^1].End;
            MetadataAnswer rest = await MetadataAnswer.ReadAsync(setup.Host.Metadata.GetMetadataDelta(Ask(before, after, resume)), resume);
            received.AddRange(MetadataAnswer.From(rest.Ranges, resume));
            Assert.Equal(MetadataAnswer.From(whole.Ranges, 0), MetadataAnswer.From(received, 0));
        }
    }

    [Fact]
    public async Task GetMetadataDelta_WithWhatIsMissingOrWrong_IsRefused()
    {
        await using Setup setup = await Setup.StartAsync();
        string before = await setup.TakeAsync("before");
        string after = await setup.TakeAsync("after");
        VolumeId other = setup.Provider.AddVolume("other", Length);
        SnapshotDescriptor foreign = await setup.Provider.CreateSnapshotAsync(other, "foreign");

        await setup.FailAsync(StatusCode.InvalidArgument, Ask("", after));
        await setup.FailAsync(StatusCode.InvalidArgument, Ask(before, ""));
        await setup.FailAsync(StatusCode.NotFound, Ask("none", after));
        await setup.FailAsync(StatusCode.NotFound, Ask(before, "none"));
        await setup.FailAsync(StatusCode.OutOfRange, Ask(before, after, -1));
        await setup.FailAsync(StatusCode.OutOfRange, Ask(before, after, Length + 1));
        await setup.FailAsync(StatusCode.InvalidArgument, Ask(before, after, max: -1));

        // The base is whatever the caller claims: of another volume neither the snapshot nor its change id is taken.
        await setup.FailAsync(StatusCode.InvalidArgument, Ask(foreign.Id.ToString(), after));
        await setup.FailAsync(StatusCode.InvalidArgument, Ask(foreign.ChangeId!.Value.ToString(), after));
    }

    [Fact]
    public async Task GetMetadataDelta_WithABaseThatIsLater_IsRefused()
    {
        var clock = new ManualTimeProvider();
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { TimeProvider = clock });
        string before = await setup.TakeAsync("before");
        clock.Advance(TimeSpan.FromSeconds(1));
        string after = await setup.TakeAsync("after");

        await setup.FailAsync(StatusCode.InvalidArgument, Ask(after, before));
    }

    [Fact]
    public async Task GetMetadataDelta_SinceAChangeIdWhoseSnapshotIsGone_ListsWhatChanged()
    {
        await using Setup setup = await Setup.StartAsync();
        SnapshotDescriptor before = (await setup.Provider.FindSnapshotAsync(new SnapshotId(await setup.TakeAsync("before"))))!;
        setup.Disk.Write(8192, Filled(1));
        string after = await setup.TakeAsync("after");
        await setup.Provider.DeleteSnapshotAsync(before.Id);

        MetadataAnswer answer = await MetadataAnswer.ReadAsync(setup.Host.Metadata.GetMetadataDelta(Ask(before.ChangeId!.Value.ToString(), after)));

        Assert.Equal([new ByteRange(8192, 4096)], answer.Ranges);
        await setup.FailAsync(StatusCode.NotFound, Ask(before.Id.ToString(), after));
    }

    [Fact]
    public async Task GetMetadataDelta_SinceASnapshotThatMustExistAndIsGone_IsNotFound()
    {
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { BaseMustExist = true, ChangeIdKind = ChangeIdKind.Snapshot });
        string before = await setup.TakeAsync("before");
        string after = await setup.TakeAsync("after");
        await setup.Provider.DeleteSnapshotAsync(new SnapshotId(before));

        await setup.FailAsync(StatusCode.NotFound, Ask(before, after));
    }

    [Fact]
    public async Task GetMetadataDelta_WhenTrackingWasLost_DemandsAFullBackupAndSaysWhy()
    {
        await using Setup setup = await Setup.StartAsync();
        string before = await setup.TakeAsync("before");
        string after = await setup.TakeAsync("after");
        setup.Provider.LoseTracking(setup.Volume);

        Assert.Contains("were lost", (await setup.FailAsync(StatusCode.FailedPrecondition, Ask(before, after))).Detail);
    }

    public static TheoryData<string, StatusCode> Answers => new()
    {
        { nameof(DiffResult.UseAllocated), StatusCode.FailedPrecondition },
        { nameof(DiffResult.UseFull), StatusCode.FailedPrecondition },
        { nameof(DiffResult.RetryLater), StatusCode.Unavailable },
        { nameof(DiffResult.Fatal), StatusCode.InvalidArgument },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task GetMetadataDelta_WhateverThePlatformAnswers_HasItsStatusAndReason(string answer, StatusCode code)
    {
        await using Setup setup = await Setup.StartAsync();
        string before = await setup.TakeAsync("before");
        string after = await setup.TakeAsync("after");
        setup.Provider.Faults.AnswerDiff(answer switch
        {
            nameof(DiffResult.UseAllocated) => new DiffResult.UseAllocated("The reason."),
            nameof(DiffResult.UseFull) => new DiffResult.UseFull("The reason."),
            nameof(DiffResult.RetryLater) => new DiffResult.RetryLater(TimeSpan.FromSeconds(7), "The reason."),
            _ => new DiffResult.Fatal("The reason."),
        });

        Assert.Contains("The reason.", (await setup.FailAsync(code, Ask(before, after))).Detail);
    }

    [Fact]
    public async Task GetMetadataDelta_OfAPlatformWithoutChangeIds_DemandsAFullBackup()
    {
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { ChangeIdKind = ChangeIdKind.None, Shape = ChangeShape.None });

        await setup.FailAsync(StatusCode.FailedPrecondition, Ask(await setup.TakeAsync("before"), await setup.TakeAsync("after")));
    }

    public static TheoryData<string, long, long> Breaches
    {
        get
        {
            var breaches = new TheoryData<string, long, long>();
            foreach (string shape in (string[])["list", "stream", "push"])
            {
                // After a range of 8192 bytes at 65536: out of order, overlapping, empty, behind the end, negative.
                breaches.Add(shape, 0, 4096);
                breaches.Add(shape, 69632, 8192);
                breaches.Add(shape, 73728, 0);
                breaches.Add(shape, Length - 4096, 8192);
                breaches.Add(shape, Length, 1);
                breaches.Add(shape, -4096, 4096);
            }

            return breaches;
        }
    }

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task GetMetadataDelta_OfAPlatformThatBreaksItsContract_EndsInAnError(string shape, long offset, long length)
    {
        await using Setup setup = await Setup.StartAsync();
        string before = await setup.TakeAsync("before");
        string after = await setup.TakeAsync("after");
        ByteRange[] ranges = [new(65536, 8192), new(offset, length), new(Length / 2, 4096)];
        setup.Provider.Faults.AnswerDiff(new DiffResult.Known(shape switch
        {
            "list" => new ListedDelta(ranges),
            "stream" => new StreamedDelta(ranges),
            _ => new PushedDelta(ranges),
        }));

        Status status = await setup.FailAsync(StatusCode.Internal, Ask(before, after, max: 1));

        Assert.StartsWith("WB3012: ", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetMetadataDelta_OfAPushThatItsCallerGivesUp_StopsThePlatform()
    {
        await using Setup setup = await Setup.StartAsync(new ScriptedProviderOptions { Shape = ChangeShape.Push });
        string before = await setup.TakeAsync("before");
        for (int number = 0; number < 20; number++)
        {
            setup.Disk.Write(number * 16384L, Filled(1));
        }

        string after = await setup.TakeAsync("after");
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int delivered = 0;
        setup.Provider.Faults.BeforeCall = async (call, cancellationToken) =>
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
        using AsyncServerStreamingCall<GetMetadataDeltaResponse> call = setup.Host.Metadata.GetMetadataDelta(Ask(before, after, max: 1), cancellationToken: caller.Token);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        await caller.CancelAsync();

        await MetadataAnswer.FailAsync(StatusCode.Cancelled, call);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static byte[] Filled(int length)
    {
        byte[] data = new byte[length];
        Array.Fill(data, (byte)9);
        return data;
    }

    private static GetMetadataDeltaRequest Ask(string before, string after, long start = 0, int max = 0) =>
        new() { BaseSnapshotId = before, TargetSnapshotId = after, StartingOffset = start, MaxResults = max };

    private sealed class Setup(ScriptedProvider provider, VolumeId volume, PluginHost host) : IAsyncDisposable
    {
        public ScriptedProvider Provider => provider;

        public VolumeId Volume => volume;

        public PluginHost Host => host;

        public ModelDisk Disk => provider.GetDisk(volume);

        public static async Task<Setup> StartAsync(ScriptedProviderOptions? options = null)
        {
            var provider = new ScriptedProvider(options);
            return new Setup(provider, provider.AddVolume("v", Length), await PluginHost.StartAsync(provider));
        }

        public async Task<string> TakeAsync(string name) => (await provider.CreateSnapshotAsync(volume, name)).Id.ToString();

        public Task<Status> FailAsync(StatusCode code, GetMetadataDeltaRequest request) => MetadataAnswer.FailAsync(code, host.Metadata.GetMetadataDelta(request));

        public ValueTask DisposeAsync() => host.DisposeAsync();
    }

    private sealed class ListedDelta(IEnumerable<ByteRange> ranges) : RangeDelta
    {
        public override IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, CancellationToken cancellationToken = default) =>
            ranges.Select(range => new ChangedRange(range)).ToAsyncEnumerable();
    }

    private sealed class StreamedDelta(IEnumerable<ByteRange> ranges) : StreamDelta
    {
        public override IAsyncEnumerable<VolumeChange> ReadAsync(CancellationToken cancellationToken = default) =>
            ranges.Select(range => VolumeChange.Zero(range)).ToAsyncEnumerable();
    }

    private sealed class PushedDelta(IEnumerable<ByteRange> ranges) : PushDelta
    {
        public override async Task PushAsync(IChangeSink sink, CancellationToken cancellationToken = default)
        {
            foreach (ByteRange range in ranges)
            {
                await sink.WriteAsync(VolumeChange.Zero(range), cancellationToken);
            }
        }
    }
}
