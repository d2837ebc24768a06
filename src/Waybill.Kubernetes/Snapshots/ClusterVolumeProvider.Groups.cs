using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <content>Takes and removes snapshots of several claims at once.</content>
public sealed partial class ClusterVolumeProvider
{
    /// <inheritdoc/>
    /// <remarks>
    /// <para>The claims are of one namespace and one driver, and their driver promises the order of writes. While the group is taken they carry a label, by which the
    /// cluster finds them, and writers of this provider that are open wait; one that is opened meanwhile does not.</para>
    /// <para>It returns when all of them are taken; until they can be read, <see cref="SnapshotDescriptor.IsReady"/> is false. A call that fails or is cancelled has
    /// the group removed again.</para>
    /// </remarks>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.GroupRefused"/> also if the cluster or the driver does not take the group, or takes other volumes; <see cref="WaybillErrorCode.VolumeNotFound"/>;
    /// <see cref="WaybillErrorCode.SnapshotConflict"/> if there is a group of that name that has other volumes, or lost some of its snapshots.
    /// </exception>
    public async ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        CheckName(name);
        cancellationToken.ThrowIfCancellationRequested();
        BoundClaim[] claims = await Task.WhenAll(volumes.Select(volume => RequireClaimAsync(volume, cancellationToken))).ConfigureAwait(false);
        if (claims.Length == 0 || claims.DistinctBy(claim => claim.Uid).Count() != claims.Length)
        {
            throw new ArgumentException("A group has one volume or more, each once.", nameof(volumes));
        }

        GroupRequest request = await PlanGroupAsync(name, [.. claims], cancellationToken).ConfigureAwait(false);
        List<GroupMember> members = await TakeGroupAsync(request, cancellationToken).ConfigureAwait(false);
        return [.. await Task.WhenAll(claims.Select(claim =>
        {
            GroupMember member = members.Single(one => one.Snapshot.Claim == claim.Name);
            return DescribeAsync(member.Snapshot, member.Content, claim.Id, cancellationToken);
        })).ConfigureAwait(false)];
    }

    /// <inheritdoc/>
    public async ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default)
    {
        CheckName(name);
        cancellationToken.ThrowIfCancellationRequested();
        string digest = Digest(name);
        string version = await _groupClasses.FindVersionAsync(cancellationToken).ConfigureAwait(false);
        foreach (string scope in _claims.Scopes())
        {
            if (version.Length > 0)
            {
                string groups = ClusterPaths.WithLabel(ClusterPaths.GroupSnapshots(version, scope), ClusterMarks.NameDigest, digest);
                foreach (JsonElement group in await _objects.ListAsync(groups, cancellationToken).ConfigureAwait(false))
                {
                    await RemoveAsync(GroupObject.From(group), version, cancellationToken).ConfigureAwait(false);
                }
            }

            // What an earlier removal left that did not come to its end.
            string snapshots = ClusterPaths.WithLabel(ClusterPaths.VolumeSnapshots(scope), ClusterMarks.NameDigest, digest);
            foreach (JsonElement snapshot in await _objects.ListAsync(snapshots, cancellationToken).ConfigureAwait(false))
            {
                if (SnapshotObject.From(snapshot) is { } left && left.Group == name)
                {
                    await RemoveAsync(left, cancellationToken).ConfigureAwait(false);
                }
            }

            await TakeLabelsOffAsync(ClusterMarks.GroupMember + digest, scope, _ => true, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds out whether the promise can be kept for these claims, before anything is changed.</summary>
    private async Task<GroupRequest> PlanGroupAsync(string name, ImmutableArray<BoundClaim> claims, CancellationToken cancellationToken)
    {
        BoundClaim first = claims[0];
        foreach (BoundClaim other in claims)
        {
            if (other.Namespace != first.Namespace)
            {
                throw Refused(other.Id.ToString(), $"The claims of a group are of one namespace, and these are of '{first.Namespace}' and '{other.Namespace}'");
            }

            if (other.Driver != first.Driver)
            {
                throw Refused(other.Id.ToString(), $"The claims of a group are of one driver, and these are of '{first.Driver}' and '{other.Driver}'");
            }
        }

        if (claims.DistinctBy(claim => claim.Handle).Count() != claims.Length)
        {
            throw Refused(name, "Two of the claims have the same volume");
        }

        GroupWay way = await _groupClasses.ChooseAsync(first.Driver, cancellationToken).ConfigureAwait(false);
        if (!way.IsOpen)
        {
            throw Refused(first.Driver, $"No group is taken with the driver '{first.Driver}': {way.WhyNot}");
        }

        IClaimData? data = await _data.TryGetAsync(first.Driver, cancellationToken).ConfigureAwait(false);
        VolumeCapabilities[] able = data is null ? []
            : await Task.WhenAll(claims.Select(claim => data.GetCapabilitiesAsync(claim, cancellationToken))).ConfigureAwait(false);
        return data is not null && Array.TrueForAll(able, one => one.Groups == GroupConsistency.WriteOrder)
            ? new GroupRequest(name, Digest(name), ObjectName(name), claims, way)
            : throw Refused(first.Driver, $"The driver '{first.Driver}' does not promise the order of writes across these volumes");
    }

    // Names are unique over all namespaces that are meant, which the cluster itself does not see to.
    private async Task RequireFreeNameAsync(GroupRequest request, CancellationToken cancellationToken)
    {
        foreach (string scope in _claims.Scopes())
        {
            string groups = ClusterPaths.WithLabel(ClusterPaths.GroupSnapshots(request.Way.Version, scope), ClusterMarks.NameDigest, request.Digest);
            if ((await _objects.ListAsync(groups, cancellationToken).ConfigureAwait(false)).Select(GroupObject.From).Any(other => !other.IsDeleting && other.Namespace != request.Namespace))
            {
                throw GroupConflict(request.Name);
            }

            string snapshots = ClusterPaths.WithLabel(ClusterPaths.VolumeSnapshots(scope), ClusterMarks.NameDigest, request.Digest);
            foreach (SnapshotObject other in (await _objects.ListAsync(snapshots, cancellationToken).ConfigureAwait(false)).Select(SnapshotObject.From))
            {
                if (!other.IsDeleting && (other.Namespace != request.Namespace || other.Group != request.Name))
                {
                    throw Conflict(request.Name, $"{other.Namespace}/{other.Claim}");
                }
            }
        }
    }

    /// <summary>Finds the VolumeGroupSnapshot that a snapshot can only go with; null if there is none any more.</summary>
    private async Task<GroupObject?> FindOwnerAsync(SnapshotObject snapshot, CancellationToken cancellationToken)
    {
        if (!ClusterObjectId.IsName(snapshot.OwnerGroup) || await _groupClasses.FindVersionAsync(cancellationToken).ConfigureAwait(false) is not { Length: > 0 } version)
        {
            return null;
        }

        string path = $"{ClusterPaths.GroupSnapshots(version, snapshot.Namespace)}/{snapshot.OwnerGroup}";
        return await _objects.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } found && GroupObject.From(found) is { } group && group.Uid == snapshot.OwnerGroupUid
            ? group
            : null;
    }

    /// <summary>Marks a snapshot as gone, and removes its group if it was the last one.</summary>
    private async Task DropAsync(SnapshotObject snapshot, GroupObject group, CancellationToken cancellationToken)
    {
        if (!group.IsOurs)
        {
            throw Unsupported(snapshot.FullName, $"The snapshot belongs to the VolumeGroupSnapshot '{group.FullName}' and goes with that", "Remove that, if nobody needs it.");
        }

        if (!snapshot.IsDropped)
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["uid"] = snapshot.Uid, ["annotations"] = new JsonObject { [ClusterMarks.Dropped] = Timestamp.From(_time.GetUtcNow()).ToString() } },
            };
            await _objects.PatchAsync($"{ClusterPaths.VolumeSnapshots(snapshot.Namespace)}/{snapshot.Name}", patch, cancellationToken).ConfigureAwait(false);
        }

        // Marked first and counted then: of several that are dropped at once, at least one sees them all.
        List<SnapshotObject> members = await ListMembersAsync(group, cancellationToken).ConfigureAwait(false);
        if (members.TrueForAll(one => one.IsDropped || one.IsDeleting))
        {
            await RemoveAsync(group, await _groupClasses.FindVersionAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }
}
