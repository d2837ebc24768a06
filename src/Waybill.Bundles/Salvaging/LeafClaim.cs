using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>What a salvaged leaf rests on.</summary>
internal enum ClaimSource : byte
{
    /// <summary>An intact CHUNK record whose content matched the digest.</summary>
    Chunk,

    /// <summary>A RUNS record, or a TILE that names a run.</summary>
    Run,

    /// <summary>A TILE that names a chunk which was not found.</summary>
    LostChunk,
}

/// <summary>One leaf as a record states it. There is one of these per leaf in memory, so it is kept near 100 bytes.</summary>
/// <param name="Leaf">The leaf.</param>
/// <param name="Source">What states it.</param>
/// <param name="Position">Where the record that states it lies in the source; the content too, for a chunk.</param>
/// <param name="PayloadLength">The length of that record's payload.</param>
/// <param name="Tile">The number of the found tile that names the leaf, or -1.</param>
/// <param name="Mask">The mask of a masked chunk.</param>
/// <param name="IsProven">Whether a stream root proves the leaf.</param>
internal readonly record struct LeafClaim(
    Leaf Leaf, ClaimSource Source, long Position, int PayloadLength, int Tile = -1, byte[]? Mask = null, bool IsProven = false);
