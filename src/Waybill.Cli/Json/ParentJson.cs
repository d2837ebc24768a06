namespace Waybill.Cli.Json;

/// <summary>The bundle that an incremental one builds on.</summary>
internal sealed record ParentJson(string Id, string ManifestDigest);
