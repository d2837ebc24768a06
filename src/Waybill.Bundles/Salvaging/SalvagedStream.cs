using System.Diagnostics.CodeAnalysis;
using Waybill.Bundles.Format;
using Waybill.Bundles.Salvaging;

namespace Waybill.Bundles;

/// <summary>What is left of one stream.</summary>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is a stream in the vocabulary of the format.")]
public sealed class SalvagedStream
{
    internal SalvagedStream(int number, StreamInfo? header, long? virtualLength, LeafMap leaves)
    {
        Number = number;
        Header = header;
        VirtualLength = virtualLength;
        Leaves = leaves;
        foreach (SalvageRange range in GetRanges())
        {
            switch (range.State)
            {
                case SalvageState.Verified: VerifiedBytes += range.Range.Length; break;
                case SalvageState.Present: PresentBytes += range.Range.Length; break;
                case SalvageState.Inherited: InheritedBytes += range.Range.Length; break;
                default: UnknownBytes += range.Range.Length; break;
            }
        }
    }

    /// <summary>Gets its number in the bundle.</summary>
    public int Number { get; }

    /// <summary>Gets what it holds, if that is known.</summary>
    public StreamKind? Kind => Header?.Kind;

    /// <summary>Gets its name, if that is known.</summary>
    public string? Name => Header?.Name;

    /// <summary>Gets its identity, if that is known.</summary>
    public StreamId? Id => Header?.Id;

    /// <summary>Gets the unit of presence in bytes, if that is known.</summary>
    public int? BlockSize => Header?.BlockSize;

    /// <summary>Gets the size of a cell in bytes, if that is known.</summary>
    public int? CellSize => Header?.CellSize;

    /// <summary>Gets the size of the content in bytes, if that is known; else the stream may go on behind <see cref="KnownLength"/>.</summary>
    public long? VirtualLength { get; }

    /// <summary>Gets the size of the content in bytes as far as it is known: what <see cref="GetRanges()"/> covers.</summary>
    public long KnownLength => VirtualLength ?? Leaves.End;

    /// <summary>Gets whether the stream builds on the parent's.</summary>
    public bool HasParent => Header is { HasParent: true };

    /// <summary>Gets how many bytes are verified.</summary>
    public long VerifiedBytes { get; }

    /// <summary>Gets how many bytes are present and not verified.</summary>
    public long PresentBytes { get; }

    /// <summary>Gets how many bytes the parent holds.</summary>
    public long InheritedBytes { get; }

    /// <summary>Gets how many bytes of <see cref="KnownLength"/> are unknown.</summary>
    public long UnknownBytes { get; }

    /// <summary>Gets whether every byte is verified or inherited and the size is known.</summary>
    public bool IsVerified => VirtualLength is not null && UnknownBytes == 0 && PresentBytes == 0;

    internal StreamInfo? Header { get; }

    internal LeafMap Leaves { get; }

    /// <summary>Gets the name for messages.</summary>
    internal string Label => Name ?? FormattableString.Invariant($"#{Number}");

    /// <summary>Lists what is known: ascending, without gaps, from 0 to <see cref="KnownLength"/>.</summary>
    /// <returns>Ranges, each as long as the state stays the same. They are made anew with each call, since there may be very many.</returns>
    public IEnumerable<SalvageRange> GetRanges() => GetRanges(new ByteRange(0, KnownLength));

    /// <summary>Lists what is known of a part.</summary>
    /// <param name="part">The part; what lies behind <see cref="KnownLength"/> is unknown.</param>
    /// <returns>Ranges, ascending, that cover the part without gaps, each as long as the state stays the same.</returns>
    public IEnumerable<SalvageRange> GetRanges(ByteRange part)
    {
        SalvageRange pending = default;
        foreach (SalvageRange piece in Leaves.Pieces(part, Header?.BlockSize ?? BundleFormat.MinBlockSize))
        {
            if (pending.Range.Length > 0 && piece.State == pending.State && piece.IsZero == pending.IsZero)
            {
                pending = pending with { Range = ByteRange.FromBounds(pending.Range.Offset, piece.Range.End) };
                continue;
            }

            if (pending.Range.Length > 0)
            {
                yield return pending;
            }

            pending = piece;
        }

        if (pending.Range.Length > 0)
        {
            yield return pending;
        }
    }
}
