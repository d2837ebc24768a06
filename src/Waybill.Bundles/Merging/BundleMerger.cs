using Waybill.Bundles.Chains;

namespace Waybill.Bundles;

/// <summary>Makes one bundle of several that build on each other.</summary>
public static class BundleMerger
{
    /// <summary>
    /// Merges a chain, or the newest part of one, into one bundle of the same recovery point. If the oldest bundle is full, so is the result, and
    /// its stream roots are those a full backup of the same content would have; otherwise the result builds on what the oldest builds on.
    /// </summary>
    /// <param name="bundles">The bundles, newest first, each the parent of the one before; they stay the caller's.</param>
    /// <param name="output">Receives the new bundle.</param>
    /// <param name="options">How to write; the defaults if <see langword="null"/>. Cell and block sizes are those of the bundles.</param>
    /// <param name="progress">Receives totals; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early; the output is then not a complete bundle.</param>
    /// <returns>What the new bundle says of itself.</returns>
    /// <remarks>Bundles made against one of the merged ones still need that one: a parent is named by digest.</remarks>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.MergeRefused"/>, or what reading and writing report.</exception>
    public static async Task<BundleManifest> MergeAsync(
        IReadOnlyList<BundleReader> bundles, Stream output, BundleWriterOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bundles);
        ArgumentNullException.ThrowIfNull(output);
        Check(bundles);
        if (options?.BundleId is { } id && bundles[^1].Manifest.Parent?.Id == id)
        {
            throw Refused($"The result would have the id {id}, which the bundle it builds on has", "Give it an id of its own, or none to have one made.");
        }

        BundleManifest newest = bundles[0].Manifest;
        BundleWriter writer = await BundleWriter.CreateMergedAsync(output, newest, bundles[^1].Manifest.Parent, options ?? new BundleWriterOptions(), cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (StreamInfo stream in newest.Streams)
            {
                (ResolvedStream view, StreamInfo oldest) = Open(bundles, stream);
                await using (view.ConfigureAwait(false))
                {
                    await writer.AddMergedAsync(view, oldest, progress, cancellationToken).ConfigureAwait(false);
                }
            }

            return await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Check(IReadOnlyList<BundleReader> bundles)
    {
        if (bundles.Count == 0)
        {
            throw new ArgumentException("There is nothing to merge.", nameof(bundles));
        }

        for (int i = 0; i < bundles.Count; i++)
        {
            BundleManifest manifest = bundles[i].Manifest;
            if (!bundles[i].Features.MayTransform)
            {
                throw Refused($"'{bundles[i].Name}' has a feature that forbids this software to transform it", "Use a newer version of this software.");
            }

            if (i > 0 && (bundles[i - 1].Manifest.Parent is not { } link || link.Id != manifest.Id || link.ManifestDigest != manifest.Digest))
            {
                throw Refused($"'{bundles[i - 1].Name}' does not build on '{bundles[i].Name}'", "Name bundles that follow each other directly.");
            }
        }
    }

    private static (ResolvedStream View, StreamInfo Oldest) Open(IReadOnlyList<BundleReader> bundles, StreamInfo stream)
    {
        List<(BundleReader Bundle, StreamInfo Stream)> levels = [(bundles[0], stream)];
        while (levels[^1].Stream.HasParent && levels.Count < bundles.Count)
        {
            BundleReader parent = bundles[levels.Count];
            StreamInfo origin = parent.Manifest.Streams.FirstOrDefault(s => s.Id == stream.Id && s.Root == levels[^1].Stream.ParentRoot)
                ?? throw Refused($"The stream '{stream.Name}' was not made against '{parent.Name}'", "The bundles do not belong together.");
            if (origin.BlockSize != stream.BlockSize || origin.CellSize != stream.CellSize || origin.Kind != stream.Kind || origin.VirtualLength != levels[^1].Stream.ParentLength)
            {
                throw Refused($"The stream '{stream.Name}' changed its kind, block size or cell size, or says other of its parent than '{parent.Name}' itself", "One of the bundles was not written as the format demands.");
            }

            levels.Add((parent, origin));
        }

        return (new ResolvedStream(levels), levels[^1].Stream);
    }

    private static WaybillException Refused(string message, string hint) => new(WaybillErrorCode.MergeRefused, message) { Hint = hint };
}
