using System.Security.Cryptography;

namespace Waybill.Engine;

/// <summary>Compares a sample of what a platform called unchanged with the parent. Finds change tracking that loses changes.</summary>
internal sealed class SelfCheck(RunVolume volume, BlockReader snapshot, BlockReader parent, double share)
{
    private const int PieceLength = 256 * 1024;

    /// <summary>Compares, and fails at the first difference.</summary>
    /// <returns>How many bytes were compared.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ChangeMissed"/>.</exception>
    public async Task<long> RunAsync(IReadOnlyList<ByteRange> changed, CancellationToken cancellationToken)
    {
        long length = Math.Min(snapshot.Length, parent.Length);
        long pieces = (length + PieceLength - 1) / PieceLength;
        long wanted = share <= 0 ? 0 : Math.Max(1, (long)Math.Ceiling(pieces * share));
        long compared = 0;
        var now = new byte[PieceLength];
        var before = new byte[PieceLength];
        foreach (long piece in Choose(pieces, wanted))
        {
            long start = piece * PieceLength;
            foreach (ByteRange part in Unchanged(ByteRange.FromBounds(start, Math.Min(start + PieceLength, length)), changed))
            {
                Memory<byte> current = now.AsMemory(0, (int)part.Length);
                Memory<byte> earlier = before.AsMemory(0, (int)part.Length);
                await snapshot.ReadAsync(part.Offset, current, cancellationToken).ConfigureAwait(false);
                await parent.ReadAsync(part.Offset, earlier, cancellationToken).ConfigureAwait(false);
                int same = current.Span.CommonPrefixLength(earlier.Span);
                if (same < current.Length)
                {
                    throw Missed(part.Offset + same);
                }

                compared += part.Length;
            }
        }

        return compared;
    }

    /// <summary>Chooses pieces: one at random in each of as many equal parts as are wanted, so that every region is looked at.</summary>
    private static IEnumerable<long> Choose(long pieces, long wanted)
    {
        for (long i = 0; i < wanted && pieces > 0; i++)
        {
            long start = (long)((Int128)pieces * i / wanted);
            long end = Math.Max(start + 1, (long)((Int128)pieces * (i + 1) / wanted));
            yield return start + (RandomNumberGenerator.GetInt32((int)Math.Min(int.MaxValue, end - start)));
        }
    }

    private static IEnumerable<ByteRange> Unchanged(ByteRange piece, IReadOnlyList<ByteRange> changed)
    {
        long position = piece.Offset;
        for (int i = FirstEndingBehind(changed, piece.Offset); i < changed.Count && changed[i].Offset < piece.End; i++)
        {
            if (changed[i].Offset > position)
            {
                yield return ByteRange.FromBounds(position, changed[i].Offset);
            }

            position = Math.Max(position, changed[i].End);
        }

        if (position < piece.End)
        {
            yield return ByteRange.FromBounds(position, piece.End);
        }
    }

    private static int FirstEndingBehind(IReadOnlyList<ByteRange> ranges, long offset)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].End <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private ProviderException Missed(long offset) => new(
        WaybillErrorCode.ChangeMissed, volume.Request.Provider, $"The platform said that '{volume.Name}' did not change at {offset}, but it did")
    {
        ObjectName = volume.Name,
        Offset = offset,
        Hint = "Do not trust its change tracking: make a full point ('--full'), let the volume be compared ('changes: compare'), and report it to the vendor.",
    };
}
