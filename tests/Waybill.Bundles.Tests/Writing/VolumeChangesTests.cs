using FsCheck;
using FsCheck.Fluent;
using Waybill.Bundles.Tests.Support;
using Waybill.Providers;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>Volumes that come as sequences of changes: what is stored is what the changes make of the parent.</summary>
public sealed class VolumeChangesTests
{
    private const string Name = "data";

    [Fact]
    public Task AnyChanges_OnAnyParent_ReadBackAsTheyWere() => Properties.CheckAsync(Cases(), 150, async test =>
    {
        byte[] before = Lab.MixedVolume(test.Length);
        byte[] after = (byte[])before.Clone();
        List<VolumeChange> changes = test.Make(after);
        byte[] full = await WriteAsync(null, before.Length, [VolumeChange.Write(0, before)], test.Compare);
        byte[] incremental = await WriteAsync(full, after.Length, changes, test.Compare);

        Lab.AssertSame(before, await ReadAsync(full), "the full volume");
        Lab.AssertSame(after, await ReadAsync(incremental, full), "the changed volume");
        VerificationReport report = await Lab.VerifyAsync(incremental, full);
        Assert.Null(report.Problem);
        Assert.Equal(changes.Count, report.Manifest!.Streams[0].Change.ReportedRanges);
        Assert.InRange(report.Manifest.Streams[0].DataBytes, 0, 2 * changes.Sum(c => c.Range.Length + 1024));
    });

    [Theory]
    [InlineData(10, 5, 0, 5)]
    [InlineData(0, 10, 9, 5)]
    [InlineData(99_999, 2, -1, 0)]
    [InlineData(50, 0, -1, 0)]
    public async Task ChangesOutOfOrder_AreRefused(long firstOffset, int firstLength, long secondOffset, int secondLength)
    {
        var changes = new List<VolumeChange> { VolumeChange.Write(firstOffset, new byte[firstLength]) };
        if (secondOffset >= 0)
        {
            changes.Add(VolumeChange.Zero(new ByteRange(secondOffset, secondLength)));
        }

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => WriteAsync(null, 100_000, changes, false));

        Assert.Equal(WaybillErrorCode.DeltaInvalid, error.Code);
    }

    [Fact]
    public async Task ChangesAcrossAResize_AreRefused()
    {
        byte[] full = await WriteAsync(null, 100_000, [], false);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => WriteAsync(full, 100_001, [], false));

        Assert.Equal(WaybillErrorCode.IncrementalRefused, error.Code);
    }

    [Fact]
    public async Task ChangesThatFail_LeaveNoBundle()
    {
        async IAsyncEnumerable<VolumeChange> Failing()
        {
            yield return VolumeChange.Write(70_000, new byte[10_000]);
            await Task.Yield();
            throw new ProviderException(WaybillErrorCode.ProviderFailed, "platform", "The stream was cut");
        }

        var output = new MemoryStream();
        await using (BundleWriter writer = await BundleWriter.CreateAsync(output, new BundleDescription(Lab.Application), null, new BundleWriterOptions { LeaveOpen = true }))
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => writer.AddVolumeChangesAsync(new VolumeChangesRequest(Name, 100_000, Failing())));
            Assert.Equal(WaybillErrorCode.ProviderFailed, error.Code);
            await Assert.ThrowsAnyAsync<Exception>(() => writer.CompleteAsync());
        }

        output.Position = 0;
        Assert.False((await BundleVerifier.VerifyAsync(output, "bundle", TrustPolicy.AcceptUnsigned)).IsComplete);
    }

    private static async Task<byte[]> WriteAsync(byte[]? parent, long length, List<VolumeChange> changes, bool compare)
    {
        await using BundleChain? chain = parent is null ? null : await Lab.OpenChainAsync(parent);
        return await Lab.WriteAsync(
            writer => writer.AddVolumeChangesAsync(new VolumeChangesRequest(Name, length, changes.ToAsyncEnumerable()) { CompareChanged = compare }), Lab.SmallCells(), chain);
    }

    private static async Task<byte[]> ReadAsync(params byte[][] chain)
    {
        await using BundleChain bundles = await Lab.OpenChainAsync(chain);
        await using BlockReader reader = bundles.OpenStream(StreamKind.BlockVolume, Name);
        return await Lab.ReadAllAsync(reader);
    }

    private static Arbitrary<Case> Cases() => (
        from length in Gen.Choose(1, 400_000)
        from compare in Gen.Elements(true, false)
        from edits in Gen.ListOf(
            from gap in Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(0, 5_000), Gen.Choose(0, 200_000))
            from size in Gen.OneOf(Gen.Choose(1, 600), Gen.Choose(1, 200_000))
            from kind in Gen.Choose(0, 3)
            select new Edit(gap, size, kind))
        select new Case(length, compare, [.. edits])).ToArbitrary();

    private sealed record Edit(int Gap, int Size, int Kind);

    private sealed record Case(int Length, bool Compare, List<Edit> Edits)
    {
        /// <summary>Turns the edits into ascending changes, and makes them in the volume.</summary>
        public List<VolumeChange> Make(byte[] volume)
        {
            var changes = new List<VolumeChange>();
            int position = 0;
            foreach ((int number, Edit edit) in Edits.Index())
            {
                int start = position + edit.Gap;
                int length = Math.Min(edit.Size, Length - start);
                if (length <= 0)
                {
                    break;
                }

                byte[] data = edit.Kind == 0 ? Lab.Noise(length, number) : new byte[length];
                data.CopyTo(volume, start);
                changes.Add(edit.Kind is 0 or 1 ? VolumeChange.Write(start, data) : VolumeChange.Zero(new ByteRange(start, length), edit.Kind == 3));
                position = start + length;
            }

            return changes;
        }
    }
}
