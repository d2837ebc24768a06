namespace Waybill.Providers;

/// <summary>A range of a volume that may have changed.</summary>
/// <param name="Range">The range.</param>
/// <param name="Kind">What it holds now, as far as the platform knows.</param>
public readonly record struct ChangedRange(ByteRange Range, ChangedRangeKind Kind = ChangedRangeKind.Data);
