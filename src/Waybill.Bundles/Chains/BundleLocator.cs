namespace Waybill.Bundles;

/// <summary>Finds the bundles that others build on.</summary>
public abstract class BundleLocator
{
    /// <summary>Lists bundles that may be the one named, best first; the caller checks each and disposes all it received.</summary>
    /// <param name="link">The bundle wanted.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Candidates that have the right id; possibly none.</returns>
    public abstract IAsyncEnumerable<ByteSource> FindAsync(ParentLink link, CancellationToken cancellationToken = default);
}
