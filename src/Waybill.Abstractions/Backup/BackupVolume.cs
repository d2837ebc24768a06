namespace Waybill.Backup;

/// <summary>A volume under the name its users know it by.</summary>
/// <param name="Volume">The platform's own name.</param>
/// <param name="Claim">The claim it was made for, without the namespace.</param>
/// <param name="Application">The application it belongs to; empty if that is not known.</param>
public sealed record BackupVolume(VolumeId Volume, string Claim, string Application = "");
