namespace Waybill.Cli.Json;

/// <summary>Somebody a bundle says that it opens for.</summary>
internal sealed record RecipientJson(string Type, string Scopes, string? KeyId);
