using System.Runtime.CompilerServices;
using Waybill.Bundles;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>Finds the bundles that others build on in a store, by the id in their first bytes.</summary>
/// <param name="store">The store.</param>
public sealed class StoreBundleLocator(IBundleStore store) : BundleLocator
{
    /// <inheritdoc/>
    public override async IAsyncEnumerable<ByteSource> FindAsync(ParentLink link, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        string id = link.Id.ToString();

        // Names hold the id as a rule; only if that does not help is every bundle looked into.
        var others = new List<string>();
        await foreach (StoredBundle bundle in store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!bundle.Name.Contains(id, StringComparison.Ordinal))
            {
                others.Add(bundle.Name);
            }
            else if (await TryOpenAsync(bundle.Name, link.Id, cancellationToken).ConfigureAwait(false) is { } named)
            {
                yield return named;
            }
        }

        foreach (string name in others)
        {
            if (await TryOpenAsync(name, link.Id, cancellationToken).ConfigureAwait(false) is { } found)
            {
                yield return found;
            }
        }
    }

    private async ValueTask<ByteSource?> TryOpenAsync(string name, BundleId id, CancellationToken cancellationToken)
    {
        ByteSource? source = null;
        try
        {
            source = await store.OpenReadAsync(name, cancellationToken).ConfigureAwait(false);
            BundleClearHeader header = await BundleClearHeader.ReadAsync(source, cancellationToken).ConfigureAwait(false);
            if (header.Id == id)
            {
                ByteSource found = source;
                source = null;
                return found;
            }
        }
        catch (WaybillException)
        {
            // Whatever else lies in the store is not the bundle wanted.
        }
        finally
        {
            if (source is not null)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
        }

        return null;
    }
}
