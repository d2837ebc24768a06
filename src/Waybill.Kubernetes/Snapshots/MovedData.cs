using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>
/// Data of a driver that does not serve it: movers attach volumes, and volumes that are made of snapshots, as block devices. What changed is asked of its SnapshotMetadata
/// service, if it has one.
/// </summary>
internal sealed class MovedData(Movers movers, SnapshotMetadataClient? metadata, ClusterObjects objects, ClaimReader claims, SnapshotVolumes volumes, string driver, string provider) : IClaimData
{
    private const string ModeChange = "snapshot.storage.kubernetes.io/allow-volume-mode-change";

    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Says whether the files of a volume are read, not its blocks: what several nodes may write at once is a share, and a file system is read as blocks only where that is
    /// permitted.
    /// </summary>
    public bool IsTree(BoundClaim claim) => claim.VolumeMode == BoundClaim.Filesystem && (claim.IsShared || !movers.Options.AllowVolumeModeChange);

    public Task<VolumeCapabilities> GetCapabilitiesAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        // The contract of CSI demands the order of writes of whoever takes groups at all.
        var able = new VolumeCapabilities { Groups = GroupConsistency.WriteOrder };
        return Task.FromResult(metadata is null || IsTree(claim) ? able : able with
        {
            Shape = ChangeShape.ListAndRead,
            Exactness = ChangeExactness.Superset,
            ChangeIdKind = ChangeIdKind.Snapshot,

            // No driver says whether it can do without the base.
            BaseMustExist = true,
            AnyBase = true,
            ReportsAllocated = true,
        });
    }

    public async Task<IReadOnlyDictionary<string, SnapshotPoint>> FindPointsAsync(
        string objectNamespace, VolumeId? volume, IReadOnlyList<(SnapshotObject Snapshot, SnapshotContentObject Content)> snapshots, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, SnapshotPoint>(StringComparer.Ordinal);
        foreach ((SnapshotObject snapshot, SnapshotContentObject content) in snapshots)
        {
            long length = await FindLengthAsync(snapshot, content, cancellationToken).ConfigureAwait(false);
            if (length > 0)
            {
                found[snapshot.Name] = new SnapshotPoint(snapshot.Name, content.Volume, length) 
                {
                    ChangeId = metadata is null ? null : SnapshotMetadataChanges.ChangeIdOf(snapshot, content),
                    Created = snapshot.Taken ?? default,
                    IsReady = snapshot.IsReady,
                    Group = snapshot.Group,
                };
            }
        }

        return found;
    }

    public async Task<BlockReader> OpenAsync(
        SnapshotObject snapshot, SnapshotContentObject content, SnapshotPoint point, Func<ValueTask>? onDispose, CancellationToken cancellationToken)
    {
        await RequireBlocksAsync(snapshot, content, cancellationToken).ConfigureAwait(false);
        RunningMover mover = await movers.StartAsync(
            await volumes.PlanAsync(snapshot, driver, point.Length, isTree: false, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return new SnapshotContent(mover.Client, snapshot.Namespace, snapshot.Name, point.Length, async () =>
        {
            await mover.DisposeAsync().ConfigureAwait(false);
            if (onDispose is not null)
            {
                await onDispose().ConfigureAwait(false);
            }
        });
    }

    public async Task<BlockReader?> OpenUnusedAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        if (await claims.FindUserAsync(claim, cancellationToken).ConfigureAwait(false) is not null)
        {
            return null;
        }

        RunningMover mover = await AttachAsync(claim, isWritable: false, cancellationToken).ConfigureAwait(false);
        return new SnapshotContent(mover.Client, claim.Namespace, claim.Name, claim.Length, mover.DisposeAsync);
    }

    public async Task<ClaimWriter> OpenWriteAsync(BoundClaim claim, Action onDispose, CancellationToken cancellationToken)
    {
        RunningMover mover = await AttachAsync(claim, isWritable: true, cancellationToken).ConfigureAwait(false);
        return new ClaimWriter(mover.Client, claim, async () =>
        {
            await mover.DisposeAsync().ConfigureAwait(false);
            onDispose();
        });
    }

    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        SnapshotObject snapshot, SnapshotContentObject content, long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (metadata is null)
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, provider, "The platform does not know what of its volumes is in use") { ObjectName = snapshot.FullName };
        }

        long length = await FindLengthAsync(snapshot, content, cancellationToken).ConfigureAwait(false);
        if (startingOffset < length)
        {
            await foreach (ByteRange range in metadata.ListAllocatedAsync(snapshot.Namespace, snapshot.Name, length, startingOffset, cancellationToken).ConfigureAwait(false))
            {
                yield return range;
            }
        }
    }

    public async Task<DiffResult> DiffAsync(SnapshotObject snapshot, SnapshotContentObject content, ChangeId baseId, CancellationToken cancellationToken) =>
        metadata is null ? new DiffResult.UseFull($"The driver '{driver}' does not say what changed")
        : await this.FindPointAsync(snapshot, content, cancellationToken).ConfigureAwait(false) is { IsReady: true } point
            ? await SnapshotMetadataChanges.DiffAsync(metadata, snapshot.Namespace, snapshot.Name, baseId, point.Length, cancellationToken).ConfigureAwait(false)
        : new DiffResult.RetryLater(s_askAgain, "The snapshot cannot be read yet");

    /// <summary>Attaches a volume itself. One with a file system is attached by a second view of it: a claim for files cannot be had as a device.</summary>
    private async Task<RunningMover> AttachAsync(BoundClaim claim, bool isWritable, CancellationToken cancellationToken)
    {
        string name = Movers.NewName();
        if (claim.VolumeMode != BoundClaim.Filesystem)
        {
            return await movers.StartAsync(new MoverTask(name, claim.Namespace, claim.Name, claim.Name, claim.Length) { IsWritable = isWritable }, cancellationToken).ConfigureAwait(false);
        }

        JsonElement volume = await objects.FindAsync($"{ClusterPaths.Volumes}/{claim.Volume}", cancellationToken).ConfigureAwait(false)
            ?? throw new ProviderException(WaybillErrorCode.VolumeNotFound, provider, "The volume of the claim is gone") { ObjectName = $"{claim.Namespace}/{claim.Name}" };
        var spec = new JsonObject
        {
            ["accessModes"] = JsonNode.Parse(volume.Member("spec").Member("accessModes").GetRawText()),
            ["volumeMode"] = "Block",
            ["storageClassName"] = claim.StorageClass,
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = claim.Length.ToString(CultureInfo.InvariantCulture) } },
            ["volumeName"] = name,
        };
        var task = new MoverTask(name, claim.Namespace, claim.Name, name, claim.Length) { IsWritable = isWritable, NewClaim = spec, TwinOf = (JsonObject)JsonNode.Parse(volume.GetRawText())! };
        return await movers.StartAsync(task, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A file system that is changed as blocks by whoever may make a claim can attack the kernel that mounts it; so clusters want to be told that it is meant.</summary>
    private async Task RequireBlocksAsync(SnapshotObject snapshot, SnapshotContentObject content, CancellationToken cancellationToken)
    {
        string path = $"{ClusterPaths.SnapshotContents}/{content.Name}";
        JsonElement node = await objects.FindAsync(path, cancellationToken).ConfigureAwait(false) ?? default;
        string mode = node.Member("spec").Text("sourceVolumeMode") is { Length: > 0 } said ? said
            : (await volumes.FindClaimAsync(snapshot, cancellationToken).ConfigureAwait(false))?.VolumeMode ?? "";
        if (mode != BoundClaim.Filesystem || node.Member("metadata", "annotations").Text(ModeChange) == "true")
        {
            return;
        }

        if (!movers.Options.AllowVolumeModeChange)
        {
            throw NotPermitted(snapshot.FullName);
        }

        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [ModeChange] = "true" } } };
        await objects.PatchAsync(path, patch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds how much of a snapshot is meant; 0 if nobody knows.</summary>
    private async Task<long> FindLengthAsync(SnapshotObject snapshot, SnapshotContentObject content, CancellationToken cancellationToken) =>
        Math.Max(snapshot.RestoreSize, snapshot.Length) is > 0 and var known ? known
        : await volumes.FindClaimAsync(snapshot, cancellationToken).ConfigureAwait(false) is { } claim && claim.Handle == content.Volume ? claim.Length
        : 0;

    private ProviderException NotPermitted(string name) =>
        new(WaybillErrorCode.ProviderUnsupported, provider, "A volume with a file system is read as blocks only where that is permitted, and it is not permitted here")
        {
            ObjectName = name, Hint = "Allow it (--allow-volume-mode-change, or MoverOptions.AllowVolumeModeChange); it needs the right to patch volumesnapshotcontents.",
        };
}
