namespace Waybill.Samples.SimulatedArray;

/// <summary>What opens the content of one listed range for a time.</summary>
/// <param name="List">The number of the list it was handed out with.</param>
/// <param name="Range">What it opens.</param>
/// <param name="Epoch">The count of revocations at that time: one closes all tokens there are.</param>
/// <param name="Issued">When it was handed out, as a timestamp of the clock.</param>
internal sealed record ReadToken(int List, ByteRange Range, int Epoch, long Issued);
