using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>What is sent, and how it was asked for.</summary>
internal sealed record StreamRequest(List<(long Offset, long Size)> Ranges, long Capacity, long Offset, int MaxResults, BlockMetadataType Type);
