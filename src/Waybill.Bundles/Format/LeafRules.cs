namespace Waybill.Bundles.Format;

/// <summary>The rules that relate leaves to each other and to their stream, spec M-03 and M-07 to M-12.</summary>
internal static class LeafRules
{
    /// <summary>Checks a leaf against the one before it.</summary>
    /// <param name="stream">The stream; its virtual length counts only if <paramref name="lengthKnown"/>.</param>
    /// <param name="lengthKnown">Whether the end of the stream is known yet.</param>
    /// <param name="previous">The leaf before, or <see langword="null"/> if it is not known or this is the first.</param>
    /// <param name="expectedOffset">Where the leaf must start.</param>
    /// <param name="leaf">The leaf.</param>
    /// <param name="place">The offset for messages.</param>
    public static void Check(StreamInfo stream, bool lengthKnown, Leaf? previous, long expectedOffset, in Leaf leaf, long place)
    {
        if (leaf.Offset != expectedOffset)
        {
            throw Invalid($"A leaf of the stream '{stream.Name}' starts at {leaf.Offset} where {expectedOffset} is next", place);
        }

        if (lengthKnown && leaf.End > stream.VirtualLength)
        {
            throw Invalid($"A leaf of the stream '{stream.Name}' reaches beyond its end", place);
        }

        bool endsStream = lengthKnown && leaf.End == stream.VirtualLength;
        if (leaf.HasChunk)
        {
            CheckCell(stream, lengthKnown, endsStream, leaf, place);
        }
        else
        {
            CheckRun(stream, lengthKnown, endsStream, previous, leaf, place);
        }
    }

    /// <summary>Checks the last leaf once the end of the stream is known.</summary>
    public static void CheckEnd(StreamInfo stream, Leaf? last, long position, long place)
    {
        if (position != stream.VirtualLength)
        {
            throw Invalid($"The leaves of the stream '{stream.Name}' end at {position} and not at its end", place);
        }

        if (last is { } leaf)
        {
            Check(stream, lengthKnown: true, null, leaf.Offset, leaf, place);
        }
    }

    private static void CheckCell(StreamInfo stream, bool lengthKnown, bool endsStream, in Leaf leaf, long place)
    {
        bool wholeCell = leaf.Length == stream.CellSize;
        bool shortAllowed = leaf.Length < stream.CellSize && (endsStream || !lengthKnown);
        if (leaf.Offset % stream.CellSize != 0 || !(wholeCell || shortAllowed))
        {
            throw Invalid($"A chunk of the stream '{stream.Name}' does not cover exactly one cell", place);
        }

        if (leaf.State == LeafState.Masked && !stream.HasParent)
        {
            throw Invalid($"The stream '{stream.Name}' has a masked cell but no parent", place);
        }
    }

    private static void CheckRun(StreamInfo stream, bool lengthKnown, bool endsStream, Leaf? previous, in Leaf leaf, long place)
    {
        int grid = stream.HasParent ? stream.BlockSize : stream.CellSize;
        bool startFits = leaf.Offset % grid == 0;
        bool endFits = leaf.End % grid == 0 || endsStream || !lengthKnown;
        if (leaf.State == LeafState.Inherit && !stream.HasParent)
        {
            throw Invalid($"The stream '{stream.Name}' inherits but has no parent", place);
        }

        if (!startFits || !endFits)
        {
            throw stream.HasParent
                ? Invalid($"A run of the stream '{stream.Name}' does not start and end at blocks", place)
                : new BundleFormatException(WaybillErrorCode.NotCanonical, $"A zero run of the stream '{stream.Name}' does not start and end at cells") { Offset = place };
        }

        if (previous is { } before && before.State == leaf.State)
        {
            throw new BundleFormatException(WaybillErrorCode.NotCanonical, $"Two runs of the stream '{stream.Name}' should be one") { Offset = place };
        }

        if (leaf.State == LeafState.Inherit)
        {
            CheckInherited(stream, lengthKnown, leaf.End, place);
        }
    }

    /// <summary>Checks I-03 for the end of an inherited range.</summary>
    public static void CheckInherited(StreamInfo stream, bool lengthKnown, long end, long place)
    {
        // A last block that is short on one side only, or short by a different amount, cannot be inherited.
        bool wholeBlocks = end % stream.BlockSize == 0;
        bool sameEnd = end == stream.ParentLength && (!lengthKnown || end == stream.VirtualLength);
        if (end > stream.ParentLength || !(wholeBlocks || sameEnd))
        {
            throw Invalid($"The stream '{stream.Name}' inherits what its parent does not have", place);
        }
    }

    private static BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, message) { Offset = place };
}
