namespace Waybill.Cli.Json;

/// <summary>An image that an application runs.</summary>
internal sealed record CapturedImageJson(string Image, string? Digest);
