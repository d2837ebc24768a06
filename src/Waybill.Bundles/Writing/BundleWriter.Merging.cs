using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Bundles.Merging;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <content>Writing what a merge composes.</content>
public sealed partial class BundleWriter
{
    /// <summary>Begins a bundle of the recovery point of another one.</summary>
    internal static async Task<BundleWriter> CreateMergedAsync(
        Stream output, BundleManifest newest, ParentLink? parent, BundleWriterOptions options, CancellationToken cancellationToken)
    {
        BundleWriterOptions settings = options.ValidatedCopy();
        settings.CellSize = newest.Streams.Select(s => s.CellSize).DefaultIfEmpty(settings.CellSize).Max();
        BundleManifest head = newest with
        {
            Id = settings.BundleId ?? BundleId.New(),
            Created = settings.Created ?? newest.Created,
            Writer = (settings.Writer ?? DefaultWriter()) with { Profile = settings.Reproducible ? "reproducible" : "default" },
            Lineage = parent is null ? newest.Lineage with { Generation = 0 } : newest.Lineage,
            Parent = parent,
            Streams = [],
            Groups = [],
        };
        BundleWriter writer = await StartAsync(BundleOutput.To(output, settings.LeaveOpen), head, null, settings, cancellationToken).ConfigureAwait(false);
        writer._groups.AddRange(newest.Groups);
        return writer;
    }

    /// <summary>Adds a stream as a chain shows it.</summary>
    /// <param name="view">The chain's view of the stream.</param>
    /// <param name="oldest">The stream in the oldest bundle of the chain, whose parent becomes that of the result.</param>
    /// <param name="progress">Where progress goes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    internal async Task<StreamInfo> AddMergedAsync(ResolvedStream view, StreamInfo oldest, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        StreamInfo header = view.Info with
        {
            Number = _streams.Count,
            ParentRoot = oldest.ParentRoot,
            ParentLength = oldest.ParentLength,
            VirtualLength = 0,
            LeafCount = 0,
            Root = default,
            ContentRoot = default,
        };
        var stream = new StreamBuilder(header);
        _streams.Add(stream);
        Interlocked.Increment(ref _openStreams);
        await BeginAsync(stream, cancellationToken).ConfigureAwait(false);
        int cellSize = header.CellSize;
        long position = 0;
        await foreach ((ByteRange run, LeafState state) in view.ListRunsAsync(cancellationToken).ConfigureAwait(false))
        {
            // Cells are composed where data or a boundary lies in them; whole cells inside a run of zeros or of inherited content are known.
            long firstWhole = Grid.Up(run.Offset, cellSize, view.Length);
            long lastWhole = run.End == view.Length ? run.End : Grid.Down(run.End, cellSize);
            bool known = state != LeafState.Data && lastWhole > firstWhole;
            long composeUntil = known ? firstWhole : Grid.Up(run.End, cellSize, view.Length);
            foreach (ByteRange cell in Grid.Cut(ByteRange.FromBounds(position, Math.Max(position, composeUntil)), cellSize))
            {
                position = cell.End;
                await _pipeline.SubmitAsync(new MergeCellJob(_core, stream, progress, view, cell), cancellationToken).ConfigureAwait(false);
            }

            if (known)
            {
                await _pipeline.SubmitAsync(new RunJob(_core, stream, progress, view.Length, state, ByteRange.FromBounds(firstWhole, lastWhole)), cancellationToken).ConfigureAwait(false);
                position = lastWhole;
            }
        }

        StreamInfo facts = stream.Info with { Change = new ChangeReport(ChangeKind.Merged), Volume = view.Info.Volume, EntryCount = view.Info.EntryCount, GapCount = view.Info.GapCount };
        return await EndAsync(stream, facts, cancellationToken).ConfigureAwait(false);
    }
}
