namespace Waybill.Cli.Json;

/// <summary>A platform that is configured.</summary>
internal sealed record ListedProviderJson(string Name, string Type, string Pool, string[] Roles);
