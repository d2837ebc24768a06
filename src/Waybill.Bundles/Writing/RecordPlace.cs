namespace Waybill.Bundles.Writing;

/// <summary>Where a record stands and how long its payload is as stored.</summary>
internal readonly record struct RecordPlace(long Offset, int PayloadLength);
