using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>An object of an application in a cluster, without its content.</summary>
internal sealed record CapturedObjectJson(
    string ApiVersion, string Kind, string? Namespace, string Name, string? Uid, bool Secret, long Bytes, string Resource, string[] ServedVersions, bool AskedFor)
{
    public static CapturedObjectJson Of(CapturedObject captured) => new(
        captured.Resource.ApiVersion,
        captured.Resource.Kind,
        JsonText.KnownOrNull(captured.Resource.Namespace),
        captured.Resource.Name,
        JsonText.KnownOrNull(captured.Resource.Uid),
        captured.Resource.IsSecret,
        captured.Resource.Content.Length,
        captured.ResourceName,
        [.. captured.ServedVersions],
        captured.WasAskedFor);
}
