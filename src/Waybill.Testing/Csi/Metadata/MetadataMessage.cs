using Google.Protobuf.Collections;
using Waybill.Csi.Wire;

namespace Waybill.Testing;

/// <summary>One message of a stream of metadata.</summary>
/// <param name="Type">Whether all ranges have one size.</param>
/// <param name="Capacity">The size of the volume in bytes.</param>
/// <param name="Ranges">The ranges.</param>
internal sealed record MetadataMessage(BlockMetadataType Type, long Capacity, IReadOnlyList<BlockRange> Ranges)
{
    public static MetadataMessage Of(BlockMetadataType type, long capacity, RepeatedField<BlockMetadata> ranges) =>
        new(type, capacity, [.. ranges.Select(range => new BlockRange(range.ByteOffset, range.SizeBytes))]);
}
