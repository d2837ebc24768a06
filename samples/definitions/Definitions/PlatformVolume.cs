namespace Waybill.Samples.Definitions;

/// <summary>A volume of a storage platform.</summary>
/// <param name="Provider">The name of the provider in the engine's context.</param>
/// <param name="Volume">Its name there.</param>
public sealed record PlatformVolume(string Provider, VolumeId Volume);
