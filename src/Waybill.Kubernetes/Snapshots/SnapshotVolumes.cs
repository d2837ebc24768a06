using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Plans movers that read a snapshot from a volume that is made of it, and goes with them.</summary>
internal sealed class SnapshotVolumes(ClusterObjects objects, ClaimReader claims, MoverOptions options, string provider)
{
    /// <summary>Plans the mover of a snapshot.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="driver">Its driver.</param>
    /// <param name="length">How large the volume is, in bytes.</param>
    /// <param name="isTree">Whether its files are read, not its blocks.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async Task<MoverTask> PlanAsync(SnapshotObject snapshot, string driver, long length, bool isTree, CancellationToken cancellationToken)
    {
        string mode = options.SnapshotAccessMode;
        string name = Movers.NewName();
        var spec = new JsonObject
        {
            ["accessModes"] = new JsonArray((JsonNode)mode),
            ["volumeMode"] = isTree ? BoundClaim.Filesystem : BoundClaim.Block,
            ["storageClassName"] = await ChooseClassAsync(snapshot, driver, cancellationToken).ConfigureAwait(false),
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = length.ToString(CultureInfo.InvariantCulture) } },
            ["dataSource"] = new JsonObject { ["apiGroup"] = "snapshot.storage.k8s.io", ["kind"] = "VolumeSnapshot", ["name"] = snapshot.Name },
        };
        return new MoverTask(name, snapshot.Namespace, snapshot.Name, name, length) { NewClaim = spec, IsTree = isTree, IsAttachedReadOnly = mode == "ReadOnlyMany" };
    }

    /// <summary>Finds the claim a snapshot is of; null if it is gone.</summary>
    public Task<BoundClaim?> FindClaimAsync(SnapshotObject snapshot, CancellationToken cancellationToken) =>
        claims.FindAsync(new VolumeId(ClusterObjectId.Of(snapshot.Namespace, snapshot.Claim, "").ToString()), cancellationToken);

    /// <summary>Chooses the class of a volume that is made of a snapshot: that of its origin, else any of the driver.</summary>
    private async Task<string> ChooseClassAsync(SnapshotObject snapshot, string driver, CancellationToken cancellationToken)
    {
        List<JsonElement> own = (await objects.ListAsync(ClusterPaths.StorageClasses, cancellationToken).ConfigureAwait(false)).FindAll(one => one.Text("provisioner") == driver);
        string origin = (await FindClaimAsync(snapshot, cancellationToken).ConfigureAwait(false))?.StorageClass ?? "";
        string[] names = [.. own.Select(one => one.Member("metadata").Text("name"))];
        return names.Contains(origin) ? origin
            : names.Length > 0 ? names[0]
            : throw new ProviderException(WaybillErrorCode.ProviderUnsupported, provider, $"The driver '{driver}' has no storage class, so that no volume can be made of a snapshot") { ObjectName = snapshot.FullName };
    }
}
