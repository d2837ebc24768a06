using Waybill.Bundles.Format;

namespace Waybill.Bundles.Tests.Support;

/// <summary>Finds parents among bundles in memory by the id in their preamble.</summary>
internal sealed class MemoryLocator(params byte[][] bundles) : BundleLocator
{
    public override async IAsyncEnumerable<ByteSource> FindAsync(ParentLink link, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (byte[] bundle in bundles)
        {
            if (Preamble.Read(bundle).BundleId == link.Id)
            {
                yield return new MemoryByteSource(bundle);
            }
        }
    }
}
