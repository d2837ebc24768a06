using System.Runtime.CompilerServices;
using System.Text;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <content>Takes, finds and removes snapshots.</content>
public sealed partial class ClusterVolumeProvider
{
    private const int MaxNameLength = 128;

    /// <inheritdoc/>
    /// <remarks>
    /// It returns when the snapshot is taken, so that whoever held the application still can let it go on; until it can be read,
    /// <see cref="SnapshotDescriptor.IsReady"/> is false.
    /// </remarks>
    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        CheckName(name);
        BoundClaim claim = await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false);
        SnapshotObject taken = await TakeAsync(claim, name, temporary: false, cancellationToken).ConfigureAwait(false);
        SnapshotContentObject content = await FindContentAsync(taken, cancellationToken).ConfigureAwait(false)
            ?? throw SnapshotNotFound(taken.Id);
        return content.Driver == claim.Driver && content.Volume == claim.Handle
            ? await DescribeAsync(taken, content, claim.Id, cancellationToken).ConfigureAwait(false)
            : throw Conflict(name, "an earlier volume of this claim");
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        if (await FindObjectAsync(snapshot, cancellationToken).ConfigureAwait(false) is not { Claim.Length: > 0 } found
            || await FindVolumeIdAsync(found, cancellationToken).ConfigureAwait(false) is not { } volume)
        {
            return null;
        }

        SnapshotContentObject? content = await FindContentAsync(found, cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(found, content, volume, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>VolumeSnapshots that others made are listed too, under their own names.</remarks>
    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ClusterObjectId of = default;
        if (volume is { } wanted && (!ClusterObjectId.TryParse(wanted.ToString(), out of) || !_claims.IsMeant(of.Namespace)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield break;
        }

        var found = new List<SnapshotObject>();
        foreach (string scope in volume is null ? _claims.Scopes() : [of.Namespace])
        {
            found.AddRange((await _objects.ListAsync(ClusterPaths.VolumeSnapshots(scope), cancellationToken).ConfigureAwait(false)).Select(SnapshotObject.From));
        }

        var described = new List<(SnapshotObject Snapshot, VolumeId Volume, SnapshotContentObject? Content)>();
        foreach (SnapshotObject snapshot in found.Where(one => one is { IsDeleting: false, IsDropped: false, Claim.Length: > 0 }))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await FindVolumeIdAsync(snapshot, cancellationToken).ConfigureAwait(false) is { } id && (volume is null || id == volume))
            {
                described.Add((snapshot, id, await FindContentAsync(snapshot, cancellationToken).ConfigureAwait(false)));
            }
        }

        Dictionary<string, SnapshotPoint?> points = await FindPointsAsync(described, volume is not null, cancellationToken).ConfigureAwait(false);
        foreach ((SnapshotObject snapshot, VolumeId id, SnapshotContentObject? content) in described)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (content is null || points.ContainsKey(snapshot.Uid))
            {
                yield return Describe(snapshot, id, points.GetValueOrDefault(snapshot.Uid));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A cluster removes a group as a whole. A snapshot of a group that this provider took is gone for all who ask it; its storage is freed with the last of the
    /// group. One of a group that somebody else took is not removed.
    /// </remarks>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderUnsupported"/>: the snapshot belongs to a VolumeGroupSnapshot of somebody else.</exception>
    public async ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (ClusterObjectId.TryParse(snapshot.ToString(), out ClusterObjectId id) && _claims.IsMeant(id.Namespace)
            && await _objects.FindAsync(ClusterPaths.VolumeSnapshots(id.Namespace), id, cancellationToken).ConfigureAwait(false) is { } found)
        {
            SnapshotObject there = SnapshotObject.From(found);
            await (await FindOwnerAsync(there, cancellationToken).ConfigureAwait(false) is { } group
                ? DropAsync(there, group, cancellationToken)
                : RemoveAsync(there, cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task<SnapshotObject?> FindObjectAsync(string objectNamespace, string name, CancellationToken cancellationToken) =>
        await _objects.FindAsync($"{ClusterPaths.VolumeSnapshots(objectNamespace)}/{name}", cancellationToken).ConfigureAwait(false) is { } found ? SnapshotObject.From(found) : null;

    /// <summary>Finds a snapshot that is neither being removed nor dropped from its group.</summary>
    private async Task<SnapshotObject?> FindObjectAsync(SnapshotId snapshot, CancellationToken cancellationToken) =>
        ClusterObjectId.TryParse(snapshot.ToString(), out ClusterObjectId id) && _claims.IsMeant(id.Namespace)
        && await _objects.FindAsync(ClusterPaths.VolumeSnapshots(id.Namespace), id, cancellationToken).ConfigureAwait(false) is { } found
        && SnapshotObject.From(found) is { IsDeleting: false, IsDropped: false } there
            ? there
            : null;

    private async Task<SnapshotContentObject?> FindContentAsync(SnapshotObject snapshot, CancellationToken cancellationToken) =>
        ClusterObjectId.IsName(snapshot.Content)
        && await _objects.FindAsync($"{ClusterPaths.SnapshotContents}/{snapshot.Content}", cancellationToken).ConfigureAwait(false) is { } found
            ? SnapshotContentObject.From(found, snapshot)
            : null;

    /// <summary>Gets a snapshot of a volume that can be read.</summary>
    private async Task<(SnapshotObject Snapshot, SnapshotContentObject Content)> RequireSnapshotAsync(VolumeId volume, SnapshotId snapshot, CancellationToken cancellationToken)
    {
        SnapshotObject found = await FindObjectAsync(snapshot, cancellationToken).ConfigureAwait(false) is { Claim.Length: > 0 } there ? there : throw SnapshotNotFound(snapshot);
        if (await FindVolumeIdAsync(found, cancellationToken).ConfigureAwait(false) != volume)
        {
            throw SnapshotNotFound(snapshot);
        }

        SnapshotContentObject content = await FindContentAsync(found, cancellationToken).ConfigureAwait(false) ?? throw NotReady(found);

        // A claim that was made anew under its old name is another volume, and this is no snapshot of it.
        return await _claims.FindAsync(volume, cancellationToken).ConfigureAwait(false) is { } claim && (claim.Driver, claim.Handle) != (content.Driver, content.Volume)
            ? throw SnapshotNotFound(snapshot)
            : (found, content);
    }

    /// <summary>Says which volume a snapshot is of; null if its claim has a long name and is gone.</summary>
    private async Task<VolumeId?> FindVolumeIdAsync(SnapshotObject snapshot, CancellationToken cancellationToken)
    {
        ClusterObjectId byName = ClusterObjectId.Of(snapshot.Namespace, snapshot.Claim, "");
        if (byName.Uid.Length == 0 && byName.Name == snapshot.Claim)
        {
            return new VolumeId(byName.ToString());
        }

        return await _objects.FindAsync($"{ClusterPaths.Claims(snapshot.Namespace)}/{snapshot.Claim}", cancellationToken).ConfigureAwait(false) is { } claim
            ? new VolumeId(ClusterObjectId.Of(snapshot.Namespace, snapshot.Claim, claim.Member("metadata").Text("uid")).ToString())
            : null;
    }

    /// <summary>Says what is known of snapshots, by their UIDs; those whose data cannot be reached, or is not meant, are not among them.</summary>
    private async Task<Dictionary<string, SnapshotPoint?>> FindPointsAsync(
        IReadOnlyList<(SnapshotObject Snapshot, VolumeId Volume, SnapshotContentObject? Content)> snapshots, bool ofOneVolume, CancellationToken cancellationToken)
    {
        var points = new Dictionary<string, SnapshotPoint?>(StringComparer.Ordinal);
        foreach (var home in snapshots
            .Where(one => one.Content is not null && _claims.IsMeantDriver(one.Content.Driver))
            .GroupBy(one => (one.Content!.Driver, one.Snapshot.Namespace, Volume: ofOneVolume ? one.Content.Volume : (VolumeId?)null)))
        {
            if (await _data.TryGetAsync(home.Key.Driver, cancellationToken).ConfigureAwait(false) is { } data)
            {
                IReadOnlyDictionary<string, SnapshotPoint> known = await data.FindPointsAsync(
                    home.Key.Namespace, home.Key.Volume, [.. home.Select(one => (one.Snapshot, one.Content!))], cancellationToken).ConfigureAwait(false);
                foreach (var one in home)
                {
                    points[one.Snapshot.Uid] = known.GetValueOrDefault(one.Snapshot.Name);
                }
            }
        }

        return points;
    }

    private async Task<SnapshotDescriptor> DescribeAsync(SnapshotObject snapshot, SnapshotContentObject? content, VolumeId volume, CancellationToken cancellationToken)
    {
        IClaimData? data = content is null ? null : await _data.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        return Describe(snapshot, volume, data is null ? null : await data.FindPointAsync(snapshot, content!, cancellationToken).ConfigureAwait(false));
    }

    private static SnapshotDescriptor Describe(SnapshotObject snapshot, VolumeId volume, SnapshotPoint? point) =>
        new(snapshot.Id, volume, snapshot.RequestedName.Length > 0 ? snapshot.RequestedName : snapshot.FullName, point?.Created ?? snapshot.Taken ?? default, point?.Length ?? snapshot.RestoreSize)
        {
            ChangeId = point?.ChangeId,
            Group = snapshot.Group,
            IsReady = snapshot.IsReady && point is { IsReady: true },
        };

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Encoding.UTF8.GetByteCount(name) > MaxNameLength)
        {
            throw new ArgumentException($"A name has 1 to {MaxNameLength} bytes.", nameof(name));
        }
    }

    private ProviderException Conflict(string name, string owner) =>
        new(WaybillErrorCode.SnapshotConflict, Name, $"There is a snapshot of that name, of {owner}") { ObjectName = name };
}
