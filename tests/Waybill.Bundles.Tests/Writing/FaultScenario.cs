using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>A small bundle with everything in it, full or against a parent, written with a fault somewhere.</summary>
internal sealed class FaultScenario
{
    private readonly byte[] _volume = Lab.MixedVolume(300_000, 3);
    private readonly byte[]? _parent;

    private FaultScenario(byte[]? parent, byte[] before)
    {
        _parent = parent;
        before.AsSpan(0, 150_000).CopyTo(_volume);
        _volume.AsSpan(140_000, 90_000).Clear();
    }

    public static async Task<FaultScenario> CreateAsync(bool incremental)
    {
        byte[] before = Lab.MixedVolume(250_000, 3);
        return new FaultScenario(incremental ? await Lab.FullAsync(before) : null, before);
    }

    /// <summary>Writes the bundle and disposes the writer, which must not throw whatever happened.</summary>
    public async Task<FaultOutcome> RunAsync(FaultPlan plan, CancellationToken cancellationToken = default)
    {
        var sink = new FaultySink(plan);
        Exception? failure = null;
        try
        {
            await using BundleChain? parent = await OpenParentAsync(plan, cancellationToken);
            BundleWriter writer = await BundleWriter.CreateAsync(sink, new BundleDescription(Lab.Application), parent, Lab.SmallCells(), cancellationToken);
            try
            {
                await FillAsync(writer, new FaultySource(_volume, plan), cancellationToken);
                await writer.CompleteAsync(cancellationToken);
            }
            catch (Exception e)
            {
                failure = e;
            }

            // A later fault may not hide the first, and nothing may come out of disposal itself.
            await writer.DisposeAsync();
            await writer.DisposeAsync();
        }
        catch (Exception e) when (failure is null)
        {
            failure = e;
        }

        plan.Close();
        return new FaultOutcome(failure, sink.ToArray());
    }

    /// <summary>Whether bytes are the whole bundle: complete, valid, with the content that was to be backed up.</summary>
    public async Task<bool> IsWholeAsync(byte[] bundle)
    {
        VerificationReport report = await Lab.VerifyAloneAsync(bundle);
        if (!report.IsValid)
        {
            Assert.NotNull(report.Problem);
            Assert.False(report.IsComplete);
            return false;
        }

        byte[][] chain = _parent is null ? [bundle] : [bundle, _parent];
        Lab.AssertSame(_volume, await Lab.ReadVolumeAsync(chain), "what verifies as complete");
        return true;
    }

    private static async Task FillAsync(BundleWriter writer, BlockReader source, CancellationToken cancellationToken)
    {
        await writer.AddResourcesAsync([new ResourceObject { ApiVersion = "v1", Kind = "ConfigMap", Name = "shop", Content = "a: 1"u8.ToArray() }], cancellationToken);
        await using BundleStreamWriter dump = await writer.OpenStreamAsync(StreamKind.Bytes, "dump", cancellationToken);
        await dump.WriteAsync(Lab.Noise(70_000, 9), cancellationToken);
        StreamInfo volume = await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, source), cancellationToken: cancellationToken);
        await dump.WriteZeroesAsync(200_000, cancellationToken);
        await dump.CompleteAsync(cancellationToken);
        writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Crash), [volume]);
    }

    private async Task<BundleChain?> OpenParentAsync(FaultPlan plan, CancellationToken cancellationToken)
    {
        if (_parent is null)
        {
            return null;
        }

        BundleReader reader = await BundleReader.OpenAsync(new FaultyByteSource(_parent, plan), TrustPolicy.AcceptUnsigned, cancellationToken: cancellationToken);
        return await BundleChain.OpenAsync(reader, null, cancellationToken);
    }
}

/// <summary>What became of a run: what the caller saw, and what the sink has.</summary>
internal sealed record FaultOutcome(Exception? Failure, byte[] Bytes);
