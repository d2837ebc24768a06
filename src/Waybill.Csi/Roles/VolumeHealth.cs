namespace Waybill.Csi;

/// <summary>The condition of a volume.</summary>
/// <param name="IsAbnormal">Whether something is wrong with it.</param>
/// <param name="Message">What, in a sentence; for a healthy volume too.</param>
public sealed record VolumeHealth(bool IsAbnormal, string Message);
