using Waybill.Bundles.Tests.Files;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Tests.Writing;

namespace Waybill.Bundles.Tests.Reading;

/// <summary>Sources made by others throw the exceptions of their own world. A caller catches ours, with the name of the bundle and the place in it.</summary>
public sealed class ForeignErrorTests
{
    private const string Marker = "the other world's error";

    [Theory]
    [InlineData("read")]
    [InlineData("verify")]
    [InlineData("entries")]
    public async Task IoErrorOfASource_AtAnyRead_NamesTheBundleAndThePlace(string work)
    {
        byte[] bundle = await BundleAsync();
        int calls = await RunAsync(work, bundle, FaultPlan.None);
        for (int at = 1; at <= calls; at++)
        {
            FaultPlan plan = FaultPlan.Throw(at, () => new IOException(Marker));
            ProviderException e = await Assert.ThrowsAsync<ProviderException>(() => RunAsync(work, bundle, plan));

            Assert.Equal(WaybillErrorCode.SourceReadFailed, e.Code);
            Assert.Equal("faulty.waybill", e.ObjectName);
            Assert.InRange(e.Offset!.Value, 0, bundle.Length);
            Assert.Contains(Marker, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("read")]
    [InlineData("verify")]
    [InlineData("entries")]
    public async Task CancellationByASource_AtAnyRead_StaysWhatItIs(string work)
    {
        byte[] bundle = await BundleAsync();
        int calls = await RunAsync(work, bundle, FaultPlan.None);
        for (int at = 1; at <= calls; at++)
        {
            FaultPlan plan = FaultPlan.Throw(at, () => new OperationCanceledException(Marker));

            Assert.Equal(Marker, (await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(work, bundle, plan))).Message);
        }
    }

    [Fact]
    public async Task IoErrorOfAStream_IsReportedWithItsPlace()
    {
        byte[] bundle = await BundleAsync();
        foreach (int place in (int[])[0, 10, 64, 5_000, bundle.Length - 300, bundle.Length - 10, bundle.Length])
        {
            await using var reader = new BundleStreamReader(new FailingStream(bundle, place, () => new IOException(Marker)), TrustPolicy.AcceptUnsigned);
            ProviderException e = await Assert.ThrowsAsync<ProviderException>(() => ReadToEndAsync(reader));
            Assert.Equal(WaybillErrorCode.SourceReadFailed, e.Code);
            Assert.Equal(place, e.Offset);

            VerificationReport report = await BundleVerifier.VerifyAsync(new FailingStream(bundle, place, () => new IOException(Marker)), "pipe", TrustPolicy.AcceptUnsigned);
            Assert.False(report.IsValid);
            Assert.Equal(("pipe", place, WaybillErrorCode.SourceReadFailed), (report.Problem!.ObjectName, report.Problem.Offset, report.Problem.Code));
            Assert.IsType<ProviderException>(report.Problem);
        }
    }

    [Fact]
    public async Task CancellationByAStream_StaysWhatItIs()
    {
        byte[] bundle = await BundleAsync();
        await using var reader = new BundleStreamReader(new FailingStream(bundle, 5_000, () => new OperationCanceledException(Marker)), TrustPolicy.AcceptUnsigned);

        await Assert.ThrowsAsync<OperationCanceledException>(() => ReadToEndAsync(reader));
        await Assert.ThrowsAsync<OperationCanceledException>(() => BundleVerifier.VerifyAsync(new FailingStream(bundle, 5_000, () => new OperationCanceledException(Marker)), "pipe", TrustPolicy.AcceptUnsigned));
    }

    [Fact]
    public async Task IoErrorOfAContent_WhenItIsRestored_NamesTheVolume()
    {
        byte[] volume = Lab.MixedVolume(300_000);
        var whole = FaultPlan.None;
        await RestoreAsync(volume, whole);

        // Listing runs ahead of reading, so only all calls together are sure to have both among them.
        HashSet<string> places = [];
        for (int at = 1; at <= whole.Calls; at++)
        {
            FaultPlan plan = FaultPlan.Throw(at, () => new IOException(Marker));
            ProviderException e = await Assert.ThrowsAsync<ProviderException>(() => RestoreAsync(volume, plan));
            Assert.Equal((WaybillErrorCode.SourceReadFailed, "disk"), (e.Code, e.ObjectName));
            places.Add(plan.Where);
        }

        Assert.Equal(["list", "read"], places.Order());
    }

    [Fact, Spec("R-12")]
    public async Task IoErrorOfAFile_IsAGapOfThatFile()
    {
        var tree = new ModelTree { Damage = () => new IOException(Marker) };
        tree.Add("good", Lab.Noise(5_000, 1));
        tree.Add("bad", Lab.Noise(5_000, 2));
        tree.Damaged[FilePath.FromText("bad")] = new ByteRange(1_000, 10);

        ModelBackup backup = await ModelBackup.MakeAsync(tree, null, new Timestamp(1_000, 0));

        Assert.Equal(FileGap.Data, Assert.Single(backup["bad"].Gaps).What);
        Assert.Empty(backup["good"].Gaps);
        Assert.Equal(Lab.Noise(5_000, 1), backup.GetContent(backup["good"]));
    }

    private static Task<byte[]> BundleAsync() => Lab.WriteAsync(async writer =>
    {
        await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(Lab.Noise(300_000, 1))));
        await writer.AddResourcesAsync([SalvageLab.Resource(0, 3_000)]);
    });

    private static Task RestoreAsync(byte[] volume, FaultPlan plan) =>
        VolumeRestorer.RestoreAsync(new FaultySource(volume, plan), new MemoryBlockWriter(volume.Length), new VolumeRestoreOptions { Workers = 1 }, "disk");

    private static async Task<int> RunAsync(string work, byte[] bundle, FaultPlan plan)
    {
        var options = new BundleReaderOptions { TailBytes = 2_000, Workers = 1 };
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(new FaultyByteSource(bundle, plan), TrustPolicy.AcceptUnsigned, options), null);
        switch (work)
        {
            case "read":
                await using (BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume))
                {
                    await Lab.ReadAllAsync(content);
                }

                break;
            case "entries":
                await foreach (ResourceObject resource in chain.Bundles[0].ReadResourcesAsync(secrets: false))
                {
                    Assert.Equal(3_000, resource.Content.Length);
                }

                break;
            default:
                // A report has the first problem; here all that can go wrong is the source.
                VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned);
                if (report.Problem is { } problem)
                {
                    throw problem;
                }

                break;
        }

        return plan.Calls;
    }

    private static async Task ReadToEndAsync(BundleStreamReader reader)
    {
        while (await reader.ReadAsync() is not null)
        {
        }
    }

    /// <summary>Gives the bytes up to a place, and then throws.</summary>
    private sealed class FailingStream(byte[] bytes, int place, Func<Exception> make) : MemoryStream(bytes[..place])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 || buffer.IsEmpty ? read : throw make();
        }
    }
}
