using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>A range of an answer after it was checked, with its content where that was asked for.</summary>
internal readonly record struct AnswerPiece(ByteRange Range, ChangedRangeKind Kind, ReadOnlyMemory<byte> Data)
{
    public ChangedRange ToRange() => new(Range, Kind);

    public VolumeChange ToChange() => Kind == ChangedRangeKind.Data ? VolumeChange.Write(Range.Offset, Data) : VolumeChange.Zero(Range, Kind == ChangedRangeKind.Deallocated);
}
