using System.Collections.Immutable;
using Waybill.Bundles.Chains;

namespace Waybill.Bundles;

/// <summary>A bundle together with everything it builds on, newest first. Safe for concurrent callers.</summary>
public sealed class BundleChain : IAsyncDisposable
{
    private readonly ImmutableArray<BundleReader> _bundles;

    private BundleChain(ImmutableArray<BundleReader> bundles) => _bundles = bundles;

    /// <summary>Gets the manifest of the newest bundle, the one the chain was opened for.</summary>
    public BundleManifest Manifest => _bundles[0].Manifest;

    /// <summary>Gets the bundles, newest first; the last one is full.</summary>
    public IReadOnlyList<BundleReader> Bundles => _bundles;

    /// <summary>Opens everything a bundle builds on.</summary>
    /// <param name="bundle">The bundle; from now on owned and disposed by the chain, also when opening fails.</param>
    /// <param name="locator">Finds parents; not needed for a full bundle.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The chain; the caller disposes it.</returns>
    /// <exception cref="BundleFormatException">
    /// <see cref="WaybillErrorCode.ParentMissing"/>, <see cref="WaybillErrorCode.ParentMismatch"/>, <see cref="WaybillErrorCode.ChainInvalid"/>,
    /// or what opening a parent reports.
    /// </exception>
    public static async Task<BundleChain> OpenAsync(BundleReader bundle, BundleLocator? locator, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        List<BundleReader> bundles = [bundle];
        try
        {
            while (bundles[^1].Manifest.Parent is { } link)
            {
                if (bundles.Count >= bundle.Options.MaxChainLength || bundles.Any(b => b.Manifest.Id == link.Id))
                {
                    throw new BundleFormatException(WaybillErrorCode.ChainInvalid, "The chain of bundles has a cycle or is too long") { ObjectName = bundle.Name };
                }

                BundleReader parent = await FindParentAsync(bundle.Name, bundle.Options, link, locator, cancellationToken).ConfigureAwait(false);
                bundles.Add(parent);
                CheckLink(bundles[^2], parent);
            }

            return new BundleChain([.. bundles]);
        }
        catch
        {
            foreach (BundleReader opened in bundles)
            {
                await opened.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Opens the content of a stream with everything it inherits filled in.</summary>
    /// <param name="kind">What the stream holds.</param>
    /// <param name="name">Its name.</param>
    /// <returns>A reader that verifies what it returns; the caller disposes it, before the chain.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.StreamNotFound"/>.</exception>
    public BlockReader OpenStream(StreamKind kind, string name) =>
        OpenResolved(Manifest.FindStream(kind, name) ?? throw new WaybillException(WaybillErrorCode.StreamNotFound, $"The bundle has no stream '{name}' of the kind {kind}")
        {
            ObjectName = _bundles[0].Name,
            Hint = "'waybill bundle show' lists what is inside.",
        });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (BundleReader bundle in _bundles)
        {
            await bundle.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal ResolvedStream OpenResolved(StreamInfo stream)
    {
        List<(BundleReader Bundle, StreamInfo Stream)> levels = [(_bundles[0], stream)];
        while (levels[^1].Stream.HasParent)
        {
            // CheckLink has proved that the stream exists in the parent.
            BundleReader parent = _bundles[levels.Count];
            levels.Add((parent, parent.Manifest.Streams.First(s => s.Id == stream.Id)));
        }

        return new ResolvedStream(levels);
    }

    internal static async Task<BundleReader> FindParentAsync(
        string childName, BundleReaderOptions options, ParentLink link, BundleLocator? locator, CancellationToken cancellationToken)
    {
        WaybillException? refusal = null;
        if (locator is not null)
        {
            await foreach (ByteSource candidate in locator.FindAsync(link, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    // Whoever vouches for the child vouches for this: the child's manifest names the parent's digest.
                    BundleReader parent = await BundleReader.OpenAsync(candidate, TrustPolicy.AcceptUnsigned, options.ForParents(), cancellationToken).ConfigureAwait(false);
                    if (parent.Manifest.Id == link.Id && parent.Manifest.Digest == link.ManifestDigest)
                    {
                        return parent;
                    }

                    refusal ??= Mismatch($"'{parent.Name}' has the parent's id but another manifest");
                    await parent.DisposeAsync().ConfigureAwait(false);
                }
                catch (BundleFormatException e)
                {
                    refusal ??= e;
                }
            }
        }

        throw refusal ?? new BundleFormatException(WaybillErrorCode.ParentMissing, $"The bundle builds on {link.Id}, which was not found")
        {
            ObjectName = childName,
            Hint = "Put the parent beside the bundle, or say where it is (--parents).",
        };
    }

    private static void CheckLink(BundleReader child, BundleReader parent)
    {
        foreach (StreamInfo stream in child.Manifest.Streams)
        {
            if (!stream.HasParent)
            {
                continue;
            }

            StreamInfo? origin = parent.Manifest.Streams.FirstOrDefault(s => s.Id == stream.Id);
            if (origin is null || origin.Root != stream.ParentRoot || origin.VirtualLength != stream.ParentLength)
            {
                throw Mismatch($"The stream '{stream.Name}' of '{child.Name}' was not made against '{parent.Name}'");
            }

            if (origin.BlockSize != stream.BlockSize || origin.CellSize != stream.CellSize || origin.Kind != stream.Kind)
            {
                throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, $"The stream '{stream.Name}' of '{child.Name}' changed its block size, cell size or kind within a lineage");
            }
        }
    }

    private static BundleFormatException Mismatch(string message) =>
        new(WaybillErrorCode.ParentMismatch, message) { Hint = "A parent is the exact bundle the child was made against; look for it by id." };
}
