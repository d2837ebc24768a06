namespace Waybill.Cli.Json;

/// <summary>A time without points.</summary>
internal sealed record CatalogGapJson(string From, string To);
