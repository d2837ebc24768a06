using Waybill.Bundles;

namespace Waybill.Catalog;

/// <summary>Where a volume lived for some time.</summary>
/// <param name="Volume">What was known of it there.</param>
/// <param name="FirstSeen">When the oldest point made of it there was begun.</param>
/// <param name="LastSeen">When the newest point made of it there was begun.</param>
/// <param name="IsThere">Whether its platform has it now; <see langword="null"/> if the platform was not asked.</param>
public sealed record VolumePlace(VolumeFacts Volume, Timestamp FirstSeen, Timestamp LastSeen, bool? IsThere);
