namespace Waybill.Cli.Json;

/// <summary>Data outside of the cluster, and which object names it.</summary>
internal sealed record ExternalDataJson(string Kind, string Target, string Reference);
