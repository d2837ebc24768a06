namespace Waybill.Bundles;

/// <summary>How far a long operation has come. Totals, so that a report may be missed.</summary>
/// <param name="StreamName">The stream worked on.</param>
/// <param name="BytesDone">How much of it is done.</param>
/// <param name="BytesTotal">Its size, if known.</param>
/// <param name="BytesStored">How many bytes of bundle were written or read so far.</param>
public readonly record struct BundleProgress(string StreamName, long BytesDone, long? BytesTotal, long BytesStored);
