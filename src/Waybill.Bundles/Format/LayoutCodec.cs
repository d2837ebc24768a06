using System.Collections.Immutable;

namespace Waybill.Bundles.Format;

/// <summary>Maps where the parts of each stream lie in this file between the public model and the LAYOUT record, spec 7.1.</summary>
internal static class LayoutCodec
{
    public static Wire.Layout ToWire(IEnumerable<StreamInfo> streams, IEnumerable<Wire.Run> runs)
    {
        var wire = new Wire.Layout();
        wire.Streams.Add(streams.Select(s => new Wire.StreamPlace
        {
            StreamNo = (uint)s.Number,
            IndexOffset = (ulong)s.IndexOffset,
            IndexLength = (uint)s.IndexPayloadLength,
            IndexLevel = (uint)s.IndexLevel,
            StoredBytes = (ulong)s.StoredBytes,
        }));
        wire.Runs.Add(runs);
        return wire;
    }

    /// <summary>Adds to the streams of a manifest where they lie.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.ManifestInvalid"/>: the record does not fit the streams (M-31).</exception>
    public static ImmutableArray<StreamInfo> Apply(ImmutableArray<StreamInfo> streams, ReadOnlySpan<byte> payload, long place)
    {
        Wire.Layout wire = StrictMessage.Parse(Wire.Layout.Parser, Wire.Layout.Descriptor, payload, place);
        if (wire.Streams.Count != streams.Length)
        {
            throw Invalid("The layout does not list every stream", place);
        }

        ImmutableArray<StreamInfo>.Builder result = ImmutableArray.CreateBuilder<StreamInfo>(streams.Length);
        foreach (StreamInfo stream in streams)
        {
            result.Add(Apply(stream, wire.Streams[result.Count], place));
        }

        return result.MoveToImmutable();
    }

    private static StreamInfo Apply(StreamInfo stream, Wire.StreamPlace wire, long place)
    {
        if (wire.StreamNo != stream.Number)
        {
            throw Invalid("The layout does not list the streams in the order of their numbers", place);
        }

        if (wire.StoredBytes > long.MaxValue)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A stream has a number of bytes above 2^63 - 1") { Offset = place };
        }

        int level = 0;
        for (long tiles = (stream.LeafCount + BundleFormat.TileFanOut - 1) / BundleFormat.TileFanOut; tiles > 1; tiles = (tiles + BundleFormat.TileFanOut - 1) / BundleFormat.TileFanOut)
        {
            level++;
        }

        bool possible = stream.LeafCount == 0
            ? wire.IndexOffset == 0 && wire.IndexLength == 0
            : wire.IndexOffset is >= Preamble.Size and <= long.MaxValue && wire.IndexLength is > 0 and <= BundleFormat.MaxPayloadLength;
        return possible && wire.IndexLevel == level
            ? stream with { IndexOffset = (long)wire.IndexOffset, IndexPayloadLength = (int)wire.IndexLength, IndexLevel = level, StoredBytes = (long)wire.StoredBytes }
            : throw Invalid($"The index of the stream '{stream.Name}' cannot be where the layout says", place);
    }

    private static BundleFormatException Invalid(string message, long place) => new(WaybillErrorCode.ManifestInvalid, message) { Offset = place };
}
