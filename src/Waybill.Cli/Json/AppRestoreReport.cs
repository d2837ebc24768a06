using System.Text.Json.Serialization;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>What <c>app restore --json</c> prints.</summary>
internal sealed record AppRestoreReport(string BundleName, string Bundle, string Application, string Created, bool DryRun, RestoredVolumeJson[] Volumes)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.app.restore.v1";

    /// <summary>Gets the objects of a cluster; empty if volumes were restored.</summary>
    public RestoredObjectJson[] Objects { get; init; } = [];

    /// <summary>Gets the claims of a cluster whose data the point has; empty if volumes were restored.</summary>
    public RestoredClaimJson[] Claims { get; init; } = [];

    /// <summary>Gets the volumes of the point whose data does not go into the cluster.</summary>
    public string[] VolumesLeftOut { get; init; } = [];

    /// <summary>Gets whether the point has Secrets that the key did not open.</summary>
    public bool SecretsLeftOut { get; init; }

    public static AppRestoreReport Of(string bundleName, BundleManifest manifest, bool dryRun, ApplicationRestoreResult result, bool secretsLeftOut) =>
        Of(bundleName, manifest, dryRun, []) with
        {
            Objects = [.. result.Objects.Objects.Select(RestoredObjectJson.Of)],
            Claims = [.. result.Claims.Select(RestoredClaimJson.Of)],
            VolumesLeftOut = [.. result.VolumesLeftOut],
            SecretsLeftOut = secretsLeftOut,
        };

    public static AppRestoreReport Of(string bundleName, RestorePlan plan) => Of(bundleName, plan.Manifest, true, plan.Items.Select(RestoredVolumeJson.Of));

    public static AppRestoreReport Of(string bundleName, RestoreResult result) => Of(bundleName, result.Manifest, false, result.Volumes.Select(RestoredVolumeJson.Of));

    private static AppRestoreReport Of(string bundleName, BundleManifest manifest, bool dryRun, IEnumerable<RestoredVolumeJson> volumes) =>
        new(bundleName, manifest.Id.ToString(), manifest.Application.Name, manifest.Created.ToString(), dryRun, [.. volumes]);
}
