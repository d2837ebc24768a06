namespace Waybill.Cli.Json;

/// <summary>Where an application ran; null where that is not known.</summary>
internal sealed record OriginJson(
    string? Platform,
    string? ClusterId,
    string? ClusterName,
    string? Namespace,
    string? NamespaceUid,
    string? Kind,
    string? Uid,
    string? Host)
{
    public static OriginJson Of(Origin origin) => new(
        JsonText.KnownOrNull(origin.Platform),
        JsonText.KnownOrNull(origin.ClusterId),
        JsonText.KnownOrNull(origin.ClusterName),
        JsonText.KnownOrNull(origin.Namespace),
        JsonText.KnownOrNull(origin.NamespaceUid),
        JsonText.KnownOrNull(origin.Kind),
        JsonText.KnownOrNull(origin.Uid),
        JsonText.KnownOrNull(origin.Host));
}
