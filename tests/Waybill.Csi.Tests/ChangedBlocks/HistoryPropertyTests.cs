using FsCheck;
using FsCheck.Fluent;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.ChangedBlocks;

/// <summary>Any history of writes, discards and growth, asked for from any offset on, in any shape, cut anywhere: the bytes that changed, and no byte less.</summary>
public sealed class HistoryPropertyTests
{
    private const int Length = 256 * 1024;

    public sealed record Edit(int Kind, long Offset, int Size);

    public sealed record History(ScriptedProviderOptions Platform, bool IsFixed, IReadOnlyList<Edit> Before, IReadOnlyList<Edit> After, int Start, int MaxResults, int Cut);

    private static Gen<Edit> Edits => from kind in Gen.Choose(0, 5) from offset in Gen.Choose(0, Length - 1) from size in Gen.Choose(1, 20_000) select new Edit(kind, offset, size);

    private static Gen<History> Histories =>
        from shape in Gen.Elements(ChangeShape.ListAndRead, ChangeShape.ListAndToken, ChangeShape.Stream, ChangeShape.DeltaVolume, ChangeShape.Push, ChangeShape.MapAndRead)
        from granularity in Gen.Elements(0, 512, 4096)
        from exactness in Gen.Elements(ChangeExactness.Exact, ChangeExactness.Superset, ChangeExactness.Coarse)
        from clips in Gen.Elements(true, false)
        from isFixed in Gen.Elements(true, false)
        from before in Gen.ListOf(Edits, 4)
        from after in Gen.ListOf(Edits, 6)
        from start in Gen.Choose(0, Length)
        from max in Gen.Choose(0, 5)
        from cut in Gen.Choose(0, 12)
        select new History(
            new ScriptedProviderOptions
            {
                Shape = shape, Granularity = granularity, Exactness = exactness, CoarseLength = 32 * 1024, ClipsAtStart = clips, ListAgainExpires = false, ChunkLength = 4096,
            },
            isFixed, [.. before], [.. after], start, max, cut);

    [Fact]
    public void Metadata_OfAnyHistory_CoversWhatChangedAndIsWhatThePlatformSaid() =>
        Prop.ForAll(Histories.ToArbitrary(), CheckAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(80));

    private static async Task CheckAsync(History history)
    {
        var provider = new ScriptedProvider(history.Platform);
        VolumeId volume = provider.AddVolume("v", Length);
        await using PluginHost host = await PluginHost.StartAsync(provider, plugin => plugin with { FixedLengthMetadata = history.IsFixed });
        Apply(provider.GetDisk(volume), history.Before);
        SnapshotDescriptor from = await provider.CreateSnapshotAsync(volume, "from");
        Apply(provider.GetDisk(volume), history.After);
        SnapshotDescriptor to = await provider.CreateSnapshotAsync(volume, "to");
        ModelSnapshot content = provider.GetContent(to.Id);
        IEnumerable<ByteRange> changed = content.Disk.GetChanges(provider.GetContent(from.Id), content).Select(change => change.Range);

        await CheckAsync(history, to.Length, changed, async (start, max) => await MetadataAnswer.ReadAsync(
            host.Metadata.GetMetadataDelta(new GetMetadataDeltaRequest
            {
                BaseSnapshotId = from.Id.ToString(), TargetSnapshotId = to.Id.ToString(), StartingOffset = start, MaxResults = max,
            }), start, max));
        await CheckAsync(history, to.Length, content.Disk.GetAllocated(content), async (start, max) => await MetadataAnswer.ReadAsync(
            host.Metadata.GetMetadataAllocated(new GetMetadataAllocatedRequest { SnapshotId = to.Id.ToString(), StartingOffset = start, MaxResults = max }), start, max));
    }

    private static async Task CheckAsync(History history, long capacity, IEnumerable<ByteRange> truth, Func<long, int, Task<MetadataAnswer>> ask)
    {
        MetadataAnswer whole = await ask(0, 0);
        MetadataAnswer part = await ask(history.Start, history.MaxResults);

        Assert.Equal((capacity, capacity), (whole.Capacity, part.Capacity));
        Assert.Equal(whole.Type, part.Type);
        Assert.Equal(MetadataAnswer.From(whole.Ranges, history.Start), MetadataAnswer.From(part.Ranges, history.Start));
        IReadOnlyList<ByteRange> covered = MetadataAnswer.From(whole.Ranges, 0);
        Assert.All(truth, range => Assert.Contains(covered, sent => sent.Offset <= range.Offset && sent.End >= range.End));
        if (history.Platform is { Exactness: ChangeExactness.Exact, Granularity: 0 })
        {
            Assert.Equal(MetadataAnswer.From(truth, 0), covered);
        }

        // A client that lost its connection after some ranges goes on behind the last one it has.
        List<ByteRange> received = [.. whole.Ranges.Take(history.Cut)];
        long resume = received.Count == 0 ? 0 : received[^1].End;
        received.AddRange(MetadataAnswer.From((await ask(resume, history.MaxResults)).Ranges, resume));
        Assert.Equal(covered, MetadataAnswer.From(received, 0));
    }

    private static void Apply(ModelDisk disk, IEnumerable<Edit> edits)
    {
        foreach (Edit edit in edits)
        {
            int size = (int)Math.Min(edit.Size, disk.Length - edit.Offset);
            var range = new ByteRange(edit.Offset, size);
            switch (edit.Kind)
            {
                case 0:
                    disk.Discard(range);
                    break;
                case 1:
                    disk.WriteZeroes(range);
                    break;
                case 2:
                    disk.Grow(disk.Length + 4096);
                    break;
                default:
                    byte[] data = new byte[size];
                    Array.Fill(data, (byte)(edit.Offset % 251 + 1));
                    disk.Write(edit.Offset, data);
                    break;
            }
        }
    }
}
