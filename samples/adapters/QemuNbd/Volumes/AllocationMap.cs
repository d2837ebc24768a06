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
            // A hole alone says that nothing is allocated, not what is read there: only what is said to be zero is left out.
            if ((extent.Flags & NbdExtent.Zero) != 0)
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

    public static long AlignDown(long offset) => offset - (offset % Alignment);

    public static void RequireMap(NbdClient client, string context)
    {
        if (!client.Has(context))
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, NbdFailure.Provider, $"The NBD server does not offer the map '{context}'");
        }
    }
}
