using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Waybill.Backup;
using Waybill.Kubernetes.ApiServer;
using Waybill.Kubernetes.ApiServer.Security;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.Tests;

/// <summary>Names and rights as the API server of the tests knows them, for a backup API in the same process.</summary>
internal sealed class ClusterNames(ApiServerDouble server, string driver, string audience) : IBackupDirectory, IBackupAuthority, IBackupAudit
{
    private const string Snapshots = "volumesnapshots.snapshot.storage.k8s.io";

    public ConcurrentQueue<BackupAuditEntry> Audit { get; } = [];

    public async IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (StoredObject claim in server.Store.List("persistentvolumeclaims", objectNamespace))
        {
            if (Bind(claim) is { } volume)
            {
                yield return volume;
            }
        }
    }

    public async IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (StoredObject snapshot in server.Store.List(Snapshots, objectNamespace))
        {
            if (Bind(snapshot.Name, snapshot.ToNode()) is { } point)
            {
                yield return point;
            }
        }
    }

    public ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(server.Store.TryGet(server.Kinds.Get(Snapshots), objectNamespace, name, out StoredObject? found) ? Bind(name, found.ToNode()) : null);

    public ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(server.Store.TryGet(server.Kinds.Get("persistentvolumeclaims"), objectNamespace, claim, out StoredObject? found) ? Bind(found) : null);

    public ValueTask<BackupCaller?> AuthenticateAsync(string token, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(server.Tokens.Find(token) is { } user && user.Audiences.Contains(audience) ? new BackupCaller(user.Name) { Uid = user.Uid, Groups = user.Groups } : null);

    public ValueTask<bool> MayAsync(BackupCaller caller, BackupAction action, string objectNamespace, string name, CancellationToken cancellationToken = default)
    {
        AccessRequest wanted = action switch
        {
            BackupAction.WriteClaim => new AccessRequest("update", "", "persistentvolumeclaims"),
            BackupAction.List => new AccessRequest("list", "snapshot.storage.k8s.io", "volumesnapshots"),
            _ => new AccessRequest("get", "snapshot.storage.k8s.io", "volumesnapshots"),
        };
        var user = new TokenUser(caller.Name, caller.Uid, caller.Groups);
        return ValueTask.FromResult(server.Rules.IsAllowed(user, wanted with { Namespace = objectNamespace, Name = name }));
    }

    public void Record(BackupAuditEntry entry) => Audit.Enqueue(entry);

    private BackupVolume? Bind(StoredObject claim)
    {
        string volume = SidecarProvisioner.Text(claim.ToNode(), "spec", "volumeName");
        return volume.Length > 0 && server.Store.TryGet(server.Kinds.Get("persistentvolumes"), "", volume, out StoredObject? found)
            && SidecarProvisioner.Text(found.ToNode(), "spec", "csi", "driver") == driver
                ? new BackupVolume(new VolumeId(SidecarProvisioner.Text(found.ToNode(), "spec", "csi", "volumeHandle")), claim.Name)
                : null;
    }

    private BackupPoint? Bind(string name, JsonObject snapshot)
    {
        string content = SidecarProvisioner.Text(snapshot, "status", "boundVolumeSnapshotContentName");
        if (content.Length == 0 || !server.Store.TryGet(server.Kinds.Get("volumesnapshotcontents.snapshot.storage.k8s.io"), "", content, out StoredObject? found))
        {
            return null;
        }

        JsonObject node = found.ToNode();
        return new BackupPoint(
            name, new VolumeId(SidecarProvisioner.Text(node, "spec", "source", "volumeHandle")), new SnapshotId(SidecarProvisioner.Text(node, "status", "snapshotHandle")));
    }
}
