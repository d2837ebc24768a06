using Waybill.Bundles.Tests.Merging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>Calls in the wrong order, with wrong names or options: refused at once, and never a complete bundle with something missing.</summary>
public sealed class WriterMisuseTests
{
    private static readonly BlockReader s_volume = new MemoryBlockReader(Lab.MixedVolume(100_000));

    [Fact]
    public async Task Complete_Twice_IsRefused()
    {
        await using BundleWriter writer = await CreateAsync();
        await writer.CompleteAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CompleteAsync());
    }

    [Fact]
    public async Task AnyCall_AfterComplete_IsRefused()
    {
        await using BundleWriter writer = await CreateAsync();
        await writer.CompleteAsync();

        await AssertAllRefusedAsync<InvalidOperationException>(writer);
    }

    [Fact]
    public async Task AnyCall_AfterDispose_IsRefused()
    {
        BundleWriter writer = await CreateAsync();
        await writer.DisposeAsync();

        await AssertAllRefusedAsync<ObjectDisposedException>(writer);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.CompleteAsync());
    }

    [Fact]
    public async Task OpenStream_AfterWriterWasDisposed_SaysSo()
    {
        BundleWriter writer = await CreateAsync();
        await using BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.Bytes, "dump");
        await writer.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.WriteAsync(new byte[200_000]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Complete_WithAStreamLeftOpen_IsRefused(bool disposed)
    {
        await using BundleWriter writer = await CreateAsync();
        BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.Bytes, "dump");
        await stream.WriteAsync(new byte[10]);
        if (disposed)
        {
            await stream.DisposeAsync();
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CompleteAsync());
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Stream_AfterCompleteOrDispose_TakesNothing()
    {
        await using BundleWriter writer = await CreateAsync();
        await using BundleStreamWriter complete = await writer.OpenStreamAsync(StreamKind.Bytes, "a");
        await complete.CompleteAsync();
        BundleStreamWriter disposed = await writer.OpenStreamAsync(StreamKind.Bytes, "b");
        await disposed.DisposeAsync();

        foreach (BundleStreamWriter stream in (BundleStreamWriter[])[complete, disposed])
        {
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(new byte[1]));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteZeroesAsync(1));
            await Assert.ThrowsAsync<InvalidOperationException>(() => stream.CompleteAsync());
        }
    }

    [Fact]
    public async Task Stream_AfterACancelledWrite_HasNoEnd()
    {
        // The bytes of the cancelled call are neither in nor out; a bundle that could be completed now would hold something nobody wrote.
        await using BundleWriter writer = await CreateAsync();
        await using BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.Bytes, "dump");
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.WriteAsync(new byte[200_000], cancellation.Token));

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(new byte[1]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.CompleteAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CompleteAsync());
    }

    [Fact]
    public async Task Others_AfterOneStreamWasCancelled_AreToldWhy()
    {
        await using BundleWriter writer = await CreateAsync();
        await using BundleStreamWriter other = await writer.OpenStreamAsync(StreamKind.Bytes, "dump");
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume), cancellationToken: cancellation.Token));

        // They did not cancel anything themselves.
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await other.WriteAsync(new byte[200_000]));
    }

    [Fact, Spec("M-02")]
    public async Task Stream_LongerThanAStreamMayBe_IsRefused()
    {
        await using BundleWriter writer = await CreateAsync();
        await using BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.Bytes, "zeros");
        await stream.WriteZeroesAsync(long.MaxValue);
        WaybillException e = await Assert.ThrowsAsync<WaybillException>(async () => await stream.WriteZeroesAsync(1));
        Assert.Equal(WaybillErrorCode.LimitExceeded, e.Code);
        e = await Assert.ThrowsAsync<WaybillException>(async () => await stream.WriteAsync(new byte[1]));
        Assert.Equal(WaybillErrorCode.LimitExceeded, e.Code);

        Assert.Equal(long.MaxValue, (await stream.CompleteAsync()).VirtualLength);
    }

    [Theory, Spec("D-03")]
    [InlineData(StreamKind.BlockVolume)]
    [InlineData(StreamKind.Bytes)]
    public async Task Name_UsedTwiceForOneKind_IsRefused(StreamKind kind)
    {
        await using BundleWriter writer = await CreateAsync();
        await using BundleStreamWriter first = await writer.OpenStreamAsync(kind, "data");
        await Assert.ThrowsAsync<ArgumentException>(() => writer.OpenStreamAsync(kind, "data"));
        await using BundleStreamWriter other = await writer.OpenStreamAsync(kind, "Data");
        await first.CompleteAsync();
        await other.CompleteAsync();

        // The refused one does not count as open.
        Assert.Equal(2, (await writer.CompleteAsync()).Streams.Length);
    }

    [Fact, Spec("D-03")]
    public async Task Resources_AddedTwice_AreRefused()
    {
        await using BundleWriter writer = await CreateAsync();
        ResourceObject[] resources = [new ResourceObject { ApiVersion = "v1", Kind = "ConfigMap", Name = "a" }];
        await writer.AddResourcesAsync(resources);

        await Assert.ThrowsAsync<ArgumentException>(() => writer.AddResourcesAsync(resources));
    }

    [Theory, Spec("R-13")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a\0")]
    [InlineData("\u0085")]
    public async Task Name_ThatCannotBeAFileName_IsRefused(string name)
    {
        await using BundleWriter writer = await CreateAsync();
        foreach (string bad in (string[])[name, new string('x', 256), string.Concat(Enumerable.Repeat("\u00e4", 128))])
        {
            WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => writer.AddVolumeAsync(new VolumeRequest(bad, s_volume)));
            Assert.Equal(WaybillErrorCode.UnsafeName, e.Code);
        }
    }

    [Theory, Spec("R-13")]
    [InlineData("...")]
    [InlineData(" ")]
    [InlineData("c:")]
    [InlineData("\u00e4\u4e2d\U0001F600")]
    public async Task Name_OfAnythingElse_IsKept(string name)
    {
        byte[] bundle = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(name, s_volume)));
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(bundle), TrustPolicy.AcceptUnsigned);

        Assert.Equal(name, reader.Manifest.Streams[0].Name);
    }

    [Theory]
    [InlineData(StreamKind.Unspecified)]
    [InlineData(StreamKind.Resources)]
    [InlineData(StreamKind.Secrets)]
    [InlineData(StreamKind.FileData)]
    [InlineData(StreamKind.FileMeta)]
    [InlineData((StreamKind)99)]
    public async Task OpenStream_OfAKindWithItsOwnMethod_IsRefused(StreamKind kind)
    {
        await using BundleWriter writer = await CreateAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => writer.OpenStreamAsync(kind, "x"));
    }

    [Fact, Spec("M-01")]
    public async Task Options_OutOfRange_AreRefusedBeforeAnythingIsWritten()
    {
        Action<BundleWriterOptions>[] wrong =
        [
            o => o.CellSize = 65_535, o => o.CellSize = 32_768, o => o.CellSize = 16 * 1024 * 1024, o => o.CellSize = 96 * 1024, o => o.CellSize = -65_536,
            o => o.BlockSize = 256, o => o.BlockSize = 131_072, o => o.BlockSize = 4095, o => o.BlockSize = 0,
            o => o.ZstdLevel = 0, o => o.ZstdLevel = 20, o => o.Codec = (BundleCodec)3, o => o.Workers = 0, o => o.Workers = 1025,
            o => o.WholeCellThreshold = -0.1, o => o.WholeCellThreshold = 1.1, o => o.WholeCellThreshold = double.NaN, o => o.CheckpointInterval = 0,
            o => o.Reproducible = true,
        ];
        foreach (Action<BundleWriterOptions> change in wrong)
        {
            var options = new BundleWriterOptions();
            change(options);
            var output = new MemoryStream();
            await Assert.ThrowsAsync<ArgumentException>(() => BundleWriter.CreateAsync(output, new BundleDescription(Lab.Application), null, options));
            Assert.Equal(0, output.Length);
        }
    }

    [Theory, Spec("I-07")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task BundleId_OfABundleOfTheChain_IsRefused(int taken)
    {
        byte[] full = await Lab.FullAsync(Lab.MixedVolume(100_000));
        byte[] second = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 2), null, null, full);
        byte[] third = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 3), null, null, second, full);
        await using BundleChain chain = await Lab.OpenChainAsync(third, second, full);
        BundleWriterOptions options = Lab.SmallCells();
        options.BundleId = chain.Bundles[taken].Manifest.Id;
        var output = new MemoryStream();

        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => BundleWriter.CreateAsync(output, new BundleDescription(Lab.Application), chain, options));
        Assert.Equal(WaybillErrorCode.IncrementalRefused, e.Code);
        Assert.Equal(0, output.Length);

        // An id of its own is taken, and the bundle opens.
        options.BundleId = BundleId.New();
        byte[] fourth = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume)), options, chain);
        Assert.True((await Lab.VerifyAsync(fourth, third, second, full)).IsValid);
    }

    [Fact, Spec("I-07")]
    public async Task BundleId_OfTheParentOfAMerge_IsRefused()
    {
        byte[] full = await Lab.FullAsync(Lab.MixedVolume(100_000));
        byte[] second = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 2), null, null, full);
        byte[] third = await Lab.IncrementalAsync(Lab.MixedVolume(100_000, 3), null, null, second, full);
        BundleWriterOptions options = Lab.SmallCells();
        options.BundleId = (await MergeLab.ManifestOfAsync(full)).Id;

        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => MergeLab.MergeAsync(options, third, second));
        Assert.Equal(WaybillErrorCode.MergeRefused, e.Code);
    }

    [Fact]
    public async Task Options_ChangedLater_ChangeNothing()
    {
        BundleWriterOptions options = Lab.SmallCells();
        options.LeaveOpen = true;
        var output = new MemoryStream();
        await using (BundleWriter writer = await BundleWriter.CreateAsync(output, new BundleDescription(Lab.Application), null, options))
        {
            options.CellSize = 1;
            options.LeaveOpen = false;
            await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume));
            await writer.CompleteAsync();
        }

        Assert.True(output.CanWrite);
        Assert.True((await Lab.VerifyAsync(output.ToArray())).IsValid);
    }

    [Fact, Spec("D-05")]
    public async Task ConsistencyGroup_ThatClaimsMoreThanItShows_IsRefused()
    {
        await using BundleWriter writer = await CreateAsync();
        StreamInfo volume = await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume));

        Assert.Throws<ArgumentException>(() => writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Application), [volume]));
        Assert.Throws<ArgumentException>(() => writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Application) { Hooks = [new HookResult("freeze", 1)] }, [volume]));
        writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Application) { Hooks = [new HookResult("freeze", 0)] }, [volume]);
        Assert.Equal(ConsistencyLevel.Application, Assert.Single((await writer.CompleteAsync()).Groups).Evidence.Level);
    }

    [Fact, Spec("D-05")]
    public async Task ConsistencyGroup_OfStreamsOfAnotherBundle_IsRefused()
    {
        await using BundleWriter other = await CreateAsync();
        StreamInfo foreign = await other.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume));
        StreamInfo further = await other.AddVolumeAsync(new VolumeRequest("second", s_volume));
        await using BundleWriter writer = await CreateAsync();
        StreamInfo volume = await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume));
        var crash = new ConsistencyEvidence(ConsistencyLevel.Crash);

        Assert.Throws<ArgumentException>(() => writer.AddConsistencyGroup(crash, [volume, foreign]));
        Assert.Throws<ArgumentException>(() => writer.AddConsistencyGroup(crash, [further]));
        Assert.Throws<ArgumentException>(() => writer.AddConsistencyGroup(crash, [volume with { Number = -1 }]));
        writer.AddConsistencyGroup(crash, [volume, volume]);

        // What was refused left nothing behind.
        Assert.Equal(0, Assert.Single(Assert.Single((await writer.CompleteAsync()).Groups).StreamNumbers));
    }

    private static Task<BundleWriter> CreateAsync() => BundleWriter.CreateAsync(new MemoryStream(), new BundleDescription(Lab.Application), null, Lab.SmallCells());

    private static async Task AssertAllRefusedAsync<T>(BundleWriter writer)
        where T : Exception
    {
        await Assert.ThrowsAsync<T>(() => writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, s_volume)));
        await Assert.ThrowsAsync<T>(() => writer.OpenStreamAsync(StreamKind.Bytes, "dump"));
        await Assert.ThrowsAsync<T>(() => writer.AddResourcesAsync([new ResourceObject { ApiVersion = "v1", Kind = "ConfigMap", Name = "a" }]));
        Assert.Throws<T>(() => writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Crash), []));
    }
}
