using System.Collections.Immutable;
using System.Text.Json;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>
/// What storage a cluster has at present, whatever drives it. The cluster alone is asked, no driver. Volumes are named as in points: by the handle their driver knows
/// them by or, where no CSI driver has them, by their PersistentVolume.
/// </summary>
/// <param name="ClusterId">The UID of the namespace <c>kube-system</c>, which stands for the cluster.</param>
public sealed record ClusterInventory(string ClusterId)
{
    private const string SystemNamespace = "/api/v1/namespaces/kube-system";

    /// <summary>Gets the volumes that claims hold; the name of each is <c>NAMESPACE/CLAIM</c>.</summary>
    public ImmutableArray<VolumeDescriptor> Volumes { get; init; } = [];

    /// <summary>Gets the volumes that no claim holds: whoever had them is gone, or never came. The name of each is that of its last claim, if it had one.</summary>
    public ImmutableArray<VolumeDescriptor> Unclaimed { get; init; } = [];

    /// <summary>Gets the VolumeSnapshots. A snapshot whose volume cannot be told any more is of the volume <c>NAMESPACE/CLAIM</c>.</summary>
    public ImmutableArray<SnapshotDescriptor> Snapshots { get; init; } = [];

    /// <summary>Asks a cluster for all of it.</summary>
    /// <param name="connection">The cluster; stays the caller's.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What it has.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ClusterRefused"/> if volumes, claims or snapshots may not be listed, or the namespace kube-system not be read; or what else the cluster reports.
    /// </exception>
    public static async Task<ClusterInventory> ReadAsync(ClusterConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var objects = new ClusterObjects(connection);
        JsonElement home = await objects.FindAsync(SystemNamespace, cancellationToken).ConfigureAwait(false)
            ?? throw new ProviderException(WaybillErrorCode.ClusterFailed, "kubernetes", "The cluster has no namespace kube-system, which stands for it") { ObjectName = SystemNamespace };

        // Before the claims: whatever volume is in the list had its claim by then, if it has one.
        List<JsonElement> volumes = await objects.ListAsync(ClusterPaths.Volumes, cancellationToken).ConfigureAwait(false);
        Dictionary<string, JsonElement> claims = (await objects.ListAsync(ClusterPaths.Claims(""), cancellationToken).ConfigureAwait(false))
            .ToDictionary(claim => claim.Member("metadata").Text("uid"), StringComparer.Ordinal);
        List<JsonElement> contents = await ListSnapshotsAsync(objects, ClusterPaths.SnapshotContents, cancellationToken).ConfigureAwait(false);
        List<JsonElement> snapshots = await ListSnapshotsAsync(objects, ClusterPaths.VolumeSnapshots(""), cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> handles = contents
            .Where(content => VolumeId.TryParse(content.Member("spec", "source").Text("volumeHandle"), null, out _))
            .GroupBy(content => content.Member("spec", "volumeSnapshotRef").Text("uid"), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Member("spec", "source").Text("volumeHandle"), StringComparer.Ordinal);
        ILookup<bool, VolumeDescriptor> byClaim = volumes
            .Where(volume => !IsMovers(volume, claims.GetValueOrDefault(ClaimOf(volume))))
            .ToLookup(volume => claims.ContainsKey(ClaimOf(volume)), Describe);
        return new ClusterInventory(home.Member("metadata").Text("uid"))
        {
            Volumes = [.. byClaim[true]],
            Unclaimed = [.. byClaim[false]],
            Snapshots = [.. snapshots.Select(SnapshotObject.From).Where(snapshot => !snapshot.IsDeleting).Select(snapshot => Describe(snapshot, handles.GetValueOrDefault(snapshot.Uid)))],
        };
    }

    private static string ClaimOf(JsonElement volume) => volume.Member("spec", "claimRef").Text("uid");

    /// <summary>
    /// Says whether a volume is only there while data is moved: another view of one that is in the list, or one that was made to be read. The latter without its claim is
    /// left over, and listed.
    /// </summary>
    private static bool IsMovers(JsonElement volume, JsonElement claim) =>
        volume.Member("metadata", "labels").Text(ClusterMarks.Mover).Length > 0 || (claim.ValueKind == JsonValueKind.Object && ClusterMarks.IsOfMover(claim));

    // Not every cluster serves them.
    private static async Task<List<JsonElement>> ListSnapshotsAsync(ClusterObjects objects, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await objects.ListAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException error) when (error.Code == WaybillErrorCode.ObjectNotFound)
        {
            return [];
        }
    }

    private static VolumeDescriptor Describe(JsonElement volume)
    {
        JsonElement spec = volume.Member("spec");
        JsonElement claim = spec.Member("claimRef");
        string name = volume.Member("metadata").Text("name");
        VolumeId id = VolumeId.TryParse(spec.Member("csi").Text("volumeHandle"), null, out VolumeId handle) ? handle : new VolumeId(name);
        return new VolumeDescriptor(id, claim.Text("name").Length > 0 ? $"{claim.Text("namespace")}/{claim.Text("name")}" : name, LengthOf(spec))
        {
            StorageClass = spec.Text("storageClassName"),
            FileSystem = spec.Member("csi").Text("fsType"),
            Created = BoundClaim.ReadTime(volume.Member("metadata").Text("creationTimestamp")),
        };
    }

    private static long LengthOf(JsonElement spec) => Quantity.TryParse(spec.Member("capacity").Text("storage"), out long length) ? length : 0;

    private static SnapshotDescriptor Describe(SnapshotObject snapshot, string? handle) => new(
        snapshot.Id,
        new VolumeId(handle ?? $"{snapshot.Namespace}/{snapshot.Claim}"),
        snapshot.RequestedName.Length > 0 ? snapshot.RequestedName : snapshot.FullName,
        snapshot.Taken ?? snapshot.Created ?? default,
        snapshot.RestoreSize)
    {
        IsReady = snapshot.IsReady,
    };
}
