namespace Waybill.Cli.Resources;

/// <summary>An object that owns another, as its metadata says.</summary>
internal sealed record ResourceDefinitionOwner(string ApiVersion, string Kind, string Name, string Uid, bool IsController);
