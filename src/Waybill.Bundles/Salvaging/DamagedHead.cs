using System.Buffers.Binary;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Salvaging;

/// <summary>Which bundle a damaged source holds, as far as that can be told before its records are read.</summary>
/// <param name="Preamble">The preamble, if it is intact.</param>
/// <param name="Id">The bundle's id, if preamble or trailer is intact.</param>
/// <param name="Tag">The tag that its records carry; <see langword="null"/> if there is no record.</param>
/// <param name="Features">Its features, if preamble or trailer is intact.</param>
internal sealed record DamagedHead(Preamble? Preamble, BundleId? Id, uint? Tag, Features? Features)
{
    private const int MaxTags = 1024;

    public SalvageIdentity Identity => Preamble is not null ? SalvageIdentity.Preamble : Id is not null ? SalvageIdentity.Trailer : SalvageIdentity.MarkOnly;

    /// <summary>Whether a record could say this of itself, wherever it stands.</summary>
    public static bool IsPossible(in RecordHeader header) =>
        header.PayloadLength is >= 0 and <= BundleFormat.MaxPayloadLength && header.Sequence >= 0 && header.Offset >= Format.Preamble.Size
        && header.Offset % BundleFormat.RecordAlignment == 0 && header.Offset < long.MaxValue - (2 * BundleFormat.MaxPayloadLength);

    /// <summary>Reads a trailer wherever it stands.</summary>
    public static Trailer? TryReadTrailer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Trailer.Size || !Trailer.HasMagic(bytes))
        {
            return null;
        }

        try
        {
            return Trailer.Read(bytes[..Trailer.Size], BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]) - Trailer.Size);
        }
        catch (BundleFormatException)
        {
            return null;
        }
    }

    /// <summary>Reads what there is.</summary>
    /// <exception cref="BundleFormatException">The bundle needs a version or feature that this reader does not have, or this is not a bundle.</exception>
    public static async ValueTask<DamagedHead> ReadAsync(DamagedSource damaged, ByteSource source, List<SalvageDamage> damage, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> head = await damaged.PeekAsync(0, Format.Preamble.Size, cancellationToken).ConfigureAwait(false);
        head = head[..Math.Min(head.Length, Format.Preamble.Size)];
        int magicLength = Math.Min(head.Length, BundleFormat.PreambleMagic.Length);
        bool beginsLikeOne = head.Span[..magicLength].SequenceEqual(BundleFormat.PreambleMagic[..magicLength]);
        try
        {
            Preamble preamble = Format.Preamble.Read(head.Span);
            await FeatureCheck.RequireKnownAsync(source, preamble.Features, cancellationToken).ConfigureAwait(false);
            return new DamagedHead(preamble, preamble.BundleId, RecordHeader.TagOf(preamble.BundleId), preamble.Features);
        }
        catch (BundleFormatException e) when (e.Code is not (WaybillErrorCode.UnsupportedVersion or WaybillErrorCode.UnsupportedFeature))
        {
            damage.Add(new SalvageDamage(0, head.Length, damaged.Length < Format.Preamble.Size ? "The bundle ends inside its preamble" : "The preamble is damaged"));
        }

        ReadOnlyMemory<byte> tail = await damaged.PeekAsync(Math.Max(0, damaged.Length - Trailer.Size), Trailer.Size, cancellationToken).ConfigureAwait(false);
        if (TryReadTrailer(tail.Span) is { } trailer)
        {
            await FeatureCheck.RequireKnownAsync(source, trailer.Features, cancellationToken).ConfigureAwait(false);
            return new DamagedHead(null, trailer.BundleId, RecordHeader.TagOf(trailer.BundleId), trailer.Features);
        }

        uint? tag = await FindTagAsync(damaged, cancellationToken).ConfigureAwait(false);
        damaged.RequireAnyRead();
        return tag is null && !beginsLikeOne
            ? throw new BundleFormatException(WaybillErrorCode.NotABundle, "This is not a Waybill bundle, and no part of one was found in it")
            : new DamagedHead(null, null, tag, null);
    }

    /// <summary>Finds the tag without knowing the bundle: that of a record that stands where it says, else the one that covers most of the source.</summary>
    private static async ValueTask<uint?> FindTagAsync(DamagedSource source, CancellationToken cancellationToken)
    {
        var covered = new Dictionary<uint, long>();
        long position = 0;
        while (position < source.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlyMemory<byte> window = await source.PeekAsync(position, RecordHeader.Size, cancellationToken).ConfigureAwait(false);
            int candidate = window.Span.IndexOf(BundleFormat.RecordSync);
            if (candidate < 0)
            {
                position += Math.Max(1, window.Length - (BundleFormat.RecordSync.Length - 1));
                continue;
            }

            position += candidate;
            ReadOnlyMemory<byte> bytes = await source.PeekAsync(position, RecordHeader.Size, cancellationToken).ConfigureAwait(false);
            if (!RecordHeader.TryRead(bytes.Span, out RecordHeader header) || !IsPossible(header))
            {
                position++;
                continue;
            }

            if (header.Offset == position)
            {
                return header.BundleTag;
            }

            long length = header.NextOffset - header.Offset;
            if (covered.Count < MaxTags || covered.ContainsKey(header.BundleTag))
            {
                covered[header.BundleTag] = covered.GetValueOrDefault(header.BundleTag) + length;
            }

            // What a record holds is not looked into: it may be another bundle.
            position += length;
        }

        return covered.Count == 0 ? null : covered.MaxBy(c => c.Value).Key;
    }
}
