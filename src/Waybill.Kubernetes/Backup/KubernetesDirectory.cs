using System.Runtime.CompilerServices;
using Waybill.Backup;

namespace Waybill.Kubernetes;

/// <summary>Finds a driver's volumes and snapshots by the names of claims and VolumeSnapshots in a cluster.</summary>
/// <remarks>
/// <para>A claim counts if the persistent volume it names is the driver's and bound to that very claim, by namespace, name and UID; a VolumeSnapshot likewise with its
/// content. What names an object of somebody else is as if it were not there.</para>
/// <para>The application of a claim is its label <c>app.kubernetes.io/instance</c>, else <c>app.kubernetes.io/name</c>, else none.</para>
/// <para>A snapshot that an administrator brought into the cluster by its handle names no volume and no claim; it is not found.</para>
/// <para>The connection's own account needs <c>get</c> and <c>list</c> on <c>persistentvolumeclaims</c>, <c>persistentvolumes</c>, <c>volumesnapshots</c> and
/// <c>volumesnapshotcontents</c>.</para>
/// </remarks>
public sealed class KubernetesDirectory : IBackupDirectory
{
    private readonly ClusterQuestions _questions;
    private readonly string _driver;

    /// <summary>Takes a cluster.</summary>
    /// <param name="connection">The cluster; it stays the caller's.</param>
    /// <param name="driverName">The name of the CSI driver whose volumes and snapshots are meant.</param>
    public KubernetesDirectory(ClusterConnection connection, string driverName)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(driverName);
        _questions = new ClusterQuestions(connection);
        _driver = driverName;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(objectNamespace);
        List<ClaimFacts> claims = await _questions.ListAsync(ClaimFacts.Kind, objectNamespace, ClaimFacts.Read, cancellationToken).ConfigureAwait(false);
        Dictionary<string, VolumeFacts> volumes = await _questions.FindAllAsync(
            VolumeFacts.Kind, [.. claims.Select(claim => claim.VolumeName)], root => VolumeFacts.Read(root, _driver), volume => volume.Name, cancellationToken).ConfigureAwait(false);
        foreach (ClaimFacts claim in claims.OrderBy(claim => claim.Name, StringComparer.Ordinal))
        {
            if (volumes.TryGetValue(claim.VolumeName, out VolumeFacts? volume) && volume.BelongsTo(claim))
            {
                yield return new BackupVolume(volume.Volume, claim.Name, claim.Application);
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(objectNamespace);
        List<SnapshotFacts> snapshots = await _questions.ListAsync(SnapshotFacts.Kind, objectNamespace, SnapshotFacts.Read, cancellationToken).ConfigureAwait(false);
        Dictionary<string, ContentFacts> contents = await _questions.FindAllAsync(
            ContentFacts.Kind, [.. snapshots.Select(snapshot => snapshot.Content)], root => ContentFacts.Read(root, _driver), content => content.Name, cancellationToken).ConfigureAwait(false);
        foreach (SnapshotFacts snapshot in snapshots.OrderBy(snapshot => snapshot.Name, StringComparer.Ordinal))
        {
            if (snapshot.IsReady && contents.TryGetValue(snapshot.Content, out ContentFacts? content) && content.BelongsTo(snapshot) && content.Snapshot is { } id
                && await FindVolumeAsync(snapshot, content, cancellationToken).ConfigureAwait(false) is { } volume)
            {
                yield return new BackupPoint(snapshot.Name, volume, id);
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderBusy"/>: the snapshot is this driver's and not ready yet.</exception>
    public async ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(objectNamespace);
        ArgumentNullException.ThrowIfNull(name);
        SnapshotFacts? snapshot = await _questions.FindAsync(SnapshotFacts.Kind, objectNamespace, name, SnapshotFacts.Read, cancellationToken).ConfigureAwait(false);
        ContentFacts? content = snapshot is null ? null
            : await _questions.FindAsync(ContentFacts.Kind, "", snapshot.Content, root => ContentFacts.Read(root, _driver), cancellationToken).ConfigureAwait(false);
        if (snapshot is null || content is null || !content.BelongsTo(snapshot))
        {
            return null;
        }

        if (!snapshot.IsReady || content.Snapshot is not { } id)
        {
            throw new ProviderException(WaybillErrorCode.ProviderBusy, _driver, "The snapshot is not ready yet") { ObjectName = $"{objectNamespace}/{name}", IsTransient = true };
        }

        return await FindVolumeAsync(snapshot, content, cancellationToken).ConfigureAwait(false) is { } volume ? new BackupPoint(snapshot.Name, volume, id) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(objectNamespace);
        ArgumentNullException.ThrowIfNull(claim);
        ClaimFacts? found = await _questions.FindAsync(ClaimFacts.Kind, objectNamespace, claim, ClaimFacts.Read, cancellationToken).ConfigureAwait(false);
        VolumeFacts? volume = found is null ? null
            : await _questions.FindAsync(VolumeFacts.Kind, "", found.VolumeName, root => VolumeFacts.Read(root, _driver), cancellationToken).ConfigureAwait(false);
        return found is not null && volume?.BelongsTo(found) == true ? new BackupVolume(volume.Volume, found.Name, found.Application) : null;
    }

    // The claim may have been made anew meanwhile, on another volume; whoever reads compares the volume with that of the snapshot.
    private async ValueTask<VolumeId?> FindVolumeAsync(SnapshotFacts snapshot, ContentFacts content, CancellationToken cancellationToken) =>
        content.Volume ?? (snapshot.Claim.Length == 0 ? null : (await FindClaimAsync(snapshot.Namespace, snapshot.Claim, cancellationToken).ConfigureAwait(false))?.Volume);
}
