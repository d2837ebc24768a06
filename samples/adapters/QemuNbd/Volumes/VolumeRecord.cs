namespace Waybill.Samples.QemuNbd;

/// <summary>What is remembered of a volume.</summary>
/// <param name="Identity">Tells it from another volume of the same name at another time.</param>
/// <param name="Seconds">When it was made.</param>
internal sealed record VolumeRecord(string Identity, long Seconds);
