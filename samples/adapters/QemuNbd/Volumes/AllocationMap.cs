using System.Runtime.CompilerServices;

namespace Waybill.Samples.QemuNbd;

/// <summary>Reads <c>base:allocation</c> as Waybill's contracts want it.</summary>
internal static class AllocationMap
{
    // Maps are asked from such boundaries on, which every server accepts.
    private const long Alignment = 64 * 1024;

    /// <summary>Lists what may hold anything but zeros.</summary>
    public static async IAsyncEnumerable<ByteRange> ListAsync(NbdSession session, long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        NbdClient client = await session.GetClientAsync(cancellationToken).ConfigureAwait(false);
        RequireMap(client, NbdClient.Allocation);
        long length = client.Export.Length;
        long begin = Math.Min(length, startingOffset - (startingOffset % Alignment));
        ByteRange? last = null;
        await foreach (NbdExtent extent in client.MapAsync(NbdClient.Allocation, ByteRange.FromBounds(begin, length), cancellationToken).ConfigureAwait(false))
        {
            if (IsZero(extent.Flags))
            {
                continue;
            }

            if (last is { } before && before.End == extent.Range.Offset)
            {
                last = ByteRange.FromBounds(before.Offset, extent.Range.End);
                continue;
            }

            if (last is { } ended && ended.End > startingOffset)
            {
                yield return ended;
                cancellationToken.ThrowIfCancellationRequested();
            }

            last = extent.Range;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (last is { } rest && rest.End > startingOffset)
        {
            yield return rest;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Says whether a range is zeros for certain, and will be said to be so again.</summary>
    /// <remarks>
    /// A hole alone says that nothing is allocated, not what is read there. Zeros alone are what the host's file system says of a cluster that is
    /// allocated, and it says otherwise after a while: two lists of one snapshot would differ. Both together come from the image itself.
    /// </remarks>
    public static bool IsZero(uint flags) => (flags & (NbdExtent.Hole | NbdExtent.Zero)) == (NbdExtent.Hole | NbdExtent.Zero);

    public static long AlignDown(long offset) => offset - (offset % Alignment);

    public static void RequireMap(NbdClient client, string context)
    {
        if (!client.Has(context))
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, NbdFailure.Provider, $"The NBD server does not offer the map '{context}'");
        }
    }
}
