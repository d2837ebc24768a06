namespace Waybill.Bundles;

/// <summary>A range of a salvaged stream and what is known of it.</summary>
/// <param name="Range">The range.</param>
/// <param name="State">What is known.</param>
/// <param name="IsZero">Whether the content is known to be zeros; then the state is verified or present, and there is nothing to read.</param>
public readonly record struct SalvageRange(ByteRange Range, SalvageState State, bool IsZero = false);
