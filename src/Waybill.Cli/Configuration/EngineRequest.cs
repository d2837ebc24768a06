namespace Waybill.Cli.Configuration;

/// <summary>What the command line says of where the engine works.</summary>
/// <param name="Configuration">The configuration file, if it was named.</param>
/// <param name="Store">The directory of bundles, if not that of the configuration.</param>
/// <param name="State">The directory of the engine's records, if not that of the configuration.</param>
internal sealed record EngineRequest(string? Configuration, string? Store, string? State);
