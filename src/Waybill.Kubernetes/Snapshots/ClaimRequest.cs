using System.Globalization;
using System.Text.Json.Nodes;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>A claim to make.</summary>
internal sealed record ClaimRequest(string Namespace, string Name)
{
    private const string VolumeModeParameter = "volumeMode";
    private const string AccessModeParameter = "accessMode";
    private const long LengthOfTrees = 1L << 30;

    public required VolumeCreateRequest Asked { get; init; }

    public required string VolumeMode { get; init; }

    public required string AccessMode { get; init; }

    public long Length => Asked is { Kind: VolumeKind.FileTree, Length: 0 } ? LengthOfTrees : Asked.Length;

    public string Path => $"{ClusterPaths.Claims(Namespace)}/{Name}";

    /// <summary>Gets a parameter that claims do not have; null if there is none.</summary>
    public string? Unknown => Asked.Parameters.Keys.FirstOrDefault(key => key is not (VolumeModeParameter or AccessModeParameter));

    /// <summary>Gets all that was asked for, in one form.</summary>
    public string Text => new JsonObject
    {
        ["length"] = Length,
        ["storageClass"] = Asked.StorageClass,
        ["source"] = Asked.Source?.ToString() ?? "",
        ["volumeMode"] = VolumeMode,
        ["accessMode"] = AccessMode,
    }.ToJsonString();

    public static ClaimRequest From(VolumeCreateRequest asked, string defaultNamespace, ClusterVolumeOptions options)
    {
        int slash = asked.Name.IndexOf('/', StringComparison.Ordinal);
        return new ClaimRequest(slash < 0 ? defaultNamespace : asked.Name[..slash], asked.Name[(slash + 1)..])
        {
            Asked = asked,
            VolumeMode = asked.Parameters.GetValueOrDefault(VolumeModeParameter, asked.Kind == VolumeKind.FileTree ? BoundClaim.Filesystem : options.VolumeMode),
            AccessMode = asked.Parameters.GetValueOrDefault(AccessModeParameter, options.AccessMode),
        };
    }

    public JsonObject ToClaim(string storageClass, JsonObject? source)
    {
        var spec = new JsonObject
        {
            ["accessModes"] = new JsonArray((JsonNode)AccessMode),
            ["volumeMode"] = VolumeMode,
            ["storageClassName"] = storageClass,
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = Length.ToString(CultureInfo.InvariantCulture) } },
        };
        if (source is not null)
        {
            spec["dataSource"] = source;
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolumeClaim",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["namespace"] = Namespace,
                ["labels"] = new JsonObject { [ClusterMarks.ManagedBy] = ClusterMarks.Waybill },
                ["annotations"] = new JsonObject { [ClusterMarks.Name] = Asked.Name, [ClusterMarks.Request] = Text },
            },
            ["spec"] = spec,
        };
    }
}
