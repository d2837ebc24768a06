namespace Waybill.Cli.Json;

/// <summary>An object of a bundle, without its content.</summary>
internal sealed record ResourceJson(
    string ApiVersion,
    string Kind,
    string? Namespace,
    string Name,
    string? Uid,
    bool Secret,
    long Bytes,
    OwnerJson[] Owners);
