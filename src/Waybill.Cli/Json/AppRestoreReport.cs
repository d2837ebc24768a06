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

    /// <summary>Gets whether the point has Secrets that the key did not open.</summary>
    public bool SecretsLeftOut { get; init; }

    public static AppRestoreReport Of(string bundleName, BundleManifest manifest, bool dryRun, ResourceRestoreResult result, bool secretsLeftOut) =>
        Of(bundleName, manifest, dryRun, []) with { Objects = [.. result.Objects.Select(RestoredObjectJson.Of)], SecretsLeftOut = secretsLeftOut };

    public static AppRestoreReport Of(string bundleName, RestorePlan plan) => Of(bundleName, plan.Manifest, true, plan.Items.Select(RestoredVolumeJson.Of));

    public static AppRestoreReport Of(string bundleName, RestoreResult result) => Of(bundleName, result.Manifest, false, result.Volumes.Select(RestoredVolumeJson.Of));

    private static AppRestoreReport Of(string bundleName, BundleManifest manifest, bool dryRun, IEnumerable<RestoredVolumeJson> volumes) =>
        new(bundleName, manifest.Id.ToString(), manifest.Application.Name, manifest.Created.ToString(), dryRun, [.. volumes]);
}
