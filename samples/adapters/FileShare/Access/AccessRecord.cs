namespace Waybill.Samples.FileShare;

/// <summary>One access, as it stands in the audit.</summary>
/// <param name="Time">When it ended.</param>
/// <param name="Who">The user of the grant; empty before there is one.</param>
/// <param name="Share">The name of the volume.</param>
/// <param name="Path">The path, with bytes that are no printable text escaped; empty for the root.</param>
/// <param name="Operation">What was done.</param>
/// <param name="Outcome"><c>ok</c>, <c>denied</c> or <c>failed</c>.</param>
/// <param name="Detail">Why it was denied or failed; else empty.</param>
public sealed record AccessRecord(DateTimeOffset Time, string Who, string Share, string Path, ShareOperation Operation, string Outcome, string Detail);
