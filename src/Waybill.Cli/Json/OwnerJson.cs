namespace Waybill.Cli.Json;

/// <summary>An object that owns another.</summary>
internal sealed record OwnerJson(string ApiVersion, string Kind, string Name, string Uid, bool Controller);
