using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <content>Has VolumeGroupSnapshots made and removed, and waits until that is done.</content>
/// <remarks>
/// Everything is found again by the name of the group: the label on the claims, the VolumeGroupSnapshot and the marks on its members follow from it. Whatever step a
/// process dies behind, the same call goes on from there, and <see cref="DeleteGroupAsync"/> removes what there is.
/// </remarks>
public sealed partial class ClusterVolumeProvider
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Has a group taken, and waits until it is. It has exactly the volumes that were asked for, or there is none.</summary>
    private async Task<List<GroupMember>> TakeGroupAsync(GroupRequest request, CancellationToken cancellationToken)
    {
        bool isMeant = false;
        bool isNew = false;
        try
        {
            await RequireFreeNameAsync(request, cancellationToken).ConfigureAwait(false);
            GroupObject? there = await FindLeftAsync(request, cancellationToken).ConfigureAwait(false);
            isMeant = true;
            isNew = there is null;
            if (there is not { Content.Length: > 0 })
            {
                await PutLabelsOnAsync(request, cancellationToken).ConfigureAwait(false);
            }

            List<GroupMember> members;
            using (await HoldWritersAsync(request, cancellationToken).ConfigureAwait(false))
            {
                there ??= await MakeAsync(request, cancellationToken).ConfigureAwait(false);
                members = await UntilTakenAsync(request, there, cancellationToken).ConfigureAwait(false);
            }

            return [.. await Task.WhenAll(members.Select(member => MarkAsync(request, member, cancellationToken))).ConfigureAwait(false)];
        }
        catch (ProviderException refusal) when (IsRefusal(refusal))
        {
            // The contract: nothing exists then. If that cannot be had, it is another error.
            if (isMeant && await FindGroupAsync(request, CancellationToken.None).ConfigureAwait(false) is { } left && left.Request == request.Text)
            {
                await RemoveAsync(left, request.Way.Version, CancellationToken.None).ConfigureAwait(false);
            }

            if (refusal.Code == WaybillErrorCode.GroupRefused)
            {
                throw;
            }

            throw new ProviderException(WaybillErrorCode.GroupRefused, Name, $"The cluster does not let the group be taken: {refusal.Message}", refusal)
            {
                ObjectName = refusal.ObjectName, VendorCode = refusal.VendorCode, Hint = refusal.Hint,
            };
        }
        catch when (isNew)
        {
            await TryAskToRemoveAsync(request).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (isMeant)
            {
                await TryTakeLabelsOffAsync(request).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Says whether an error means that this cannot be done here, as opposed to not now: whoever lacks a right takes snapshots one by one.</summary>
    private static bool IsRefusal(ProviderException error) =>
        error is { Code: WaybillErrorCode.GroupRefused or WaybillErrorCode.ObjectRejected } or { Code: WaybillErrorCode.ClusterRefused, VendorCode: not "Unauthorized" };

    /// <summary>Finds what an earlier call of the name left. What cannot become the group that is asked for is removed.</summary>
    private async Task<GroupObject?> FindLeftAsync(GroupRequest request, CancellationToken cancellationToken)
    {
        if (await FindGroupAsync(request, cancellationToken).ConfigureAwait(false) is not { } left)
        {
            return null;
        }

        if (!left.IsDeleting)
        {
            List<SnapshotObject> members = await ListMembersAsync(left, cancellationToken).ConfigureAwait(false);
            bool isLeft = members.Count > 0 && members.TrueForAll(one => one.IsDropped || one.IsDeleting);
            if (!left.IsOurs || left.Request != request.Text || (!isLeft && members.Exists(one => one.IsDropped || one.IsDeleting)))
            {
                throw GroupConflict(request.Name);
            }

            // Labels may have been there in part only when the cluster looked for them.
            GroupContentObject? content = await FindContentAsync(request, left, cancellationToken).ConfigureAwait(false);
            if (!isLeft && (content is null || request.IsExactly(content.Chosen)))
            {
                return left;
            }
        }

        await RemoveAsync(left, request.Way.Version, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<GroupObject> MakeAsync(GroupRequest request, CancellationToken cancellationToken)
    {
        JsonElement? created = await _objects.CreateAsync(request.ListPath, request.ToGroup(), cancellationToken).ConfigureAwait(false);
        GroupObject? there = created is { } one ? GroupObject.From(one) : await FindGroupAsync(request, cancellationToken).ConfigureAwait(false);
        return there is null or { IsDeleting: true } ? throw RemovedMeanwhile(request)
            : there.Request == request.Text ? there
            : throw GroupConflict(request.Name);
    }

    private async Task<List<GroupMember>> UntilTakenAsync(GroupRequest request, GroupObject there, CancellationToken cancellationToken)
    {
        long begun = _time.GetTimestamp();
        GroupObject last = there;
        long? failing = null;
        return await _wait.UntilAsync(
            async () =>
            {
                last = await FindGroupAsync(request, cancellationToken).ConfigureAwait(false) is { IsDeleting: false } now && now.Uid == there.Uid ? now
                    : throw RemovedMeanwhile(request);
                GroupContentObject? content = await FindContentAsync(request, last, cancellationToken).ConfigureAwait(false);
                if (content is not null && (!request.IsExactly(content.Chosen) || (content.Taken.Length > 0 && !request.IsExactly(content.Taken))))
                {
                    throw Refused(last.FullName, "The cluster took other volumes into the group than those that were asked for");
                }

                if (content is not null && last.IsTaken && await FindMembersAsync(request, last, cancellationToken).ConfigureAwait(false) is { } members)
                {
                    return members;
                }

                failing = last.Error.Length == 0 ? null : failing ?? _time.GetTimestamp();
                if (failing is { } since && _time.GetElapsedTime(since) >= _options.ErrorPatience)
                {
                    throw Refused(last.FullName, $"The cluster cannot take the group: {last.Error}");
                }

                // An application may be held still for this.
                return last.Content.Length > 0 || last.Error.Length > 0 || _time.GetElapsedTime(begun) < _options.ErrorPatience ? null : throw Refused(
                    last.FullName,
                    $"Nothing in the cluster took up the group within {_options.ErrorPatience}",
                    "Groups may have to be switched on: look for the feature gate CSIVolumeGroupSnapshot of the snapshot controller and of the driver's csi-snapshotter.");
            },
            () => Late("take the group", last.FullName, "Its events, and those of its VolumeGroupSnapshotContent, say what it waits for.", last.Error),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the snapshots of a group that is taken; null as long as not all of them are there.</summary>
    private async Task<List<GroupMember>?> FindMembersAsync(GroupRequest request, GroupObject group, CancellationToken cancellationToken)
    {
        var members = new List<GroupMember>();
        foreach (SnapshotObject snapshot in await ListMembersAsync(group, cancellationToken).ConfigureAwait(false))
        {
            if ((snapshot.Taken is null && !snapshot.IsReady) || await FindContentAsync(snapshot, cancellationToken).ConfigureAwait(false) is not { } content)
            {
                return null;
            }

            members.Add(new GroupMember(snapshot, content));
        }

        if (members.Count < request.Claims.Length)
        {
            return null;
        }

        bool isExact = members.Count == request.Claims.Length && request.Claims.All(claim => members.Exists(
            member => (member.Snapshot.Claim, member.Content.Driver, member.Content.Volume) == (claim.Name, claim.Driver, claim.Handle)));
        return isExact ? members : throw Refused(group.FullName, "The snapshots of the group are not those of the claims that were asked for");
    }

    private async Task<GroupMember> MarkAsync(GroupRequest request, GroupMember member, CancellationToken cancellationToken)
    {
        SnapshotObject snapshot = member.Snapshot;
        if (snapshot.Group == request.Name)
        {
            return member;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = snapshot.Uid,
                ["labels"] = new JsonObject { [ClusterMarks.ManagedBy] = ClusterMarks.Waybill, [ClusterMarks.NameDigest] = request.Digest },
                ["annotations"] = new JsonObject
                {
                    [ClusterMarks.Name] = request.Name,
                    [ClusterMarks.Group] = request.Name,
                    [ClusterMarks.Length] = request.Claims.First(claim => claim.Name == snapshot.Claim).Length.ToString(CultureInfo.InvariantCulture),
                },
            },
        };
        JsonElement marked = await _objects.PatchAsync($"{ClusterPaths.VolumeSnapshots(snapshot.Namespace)}/{snapshot.Name}", patch, cancellationToken).ConfigureAwait(false);
        return member with { Snapshot = SnapshotObject.From(marked) };
    }

    /// <summary>Lets no writer of this provider get between: what one took and did not send would otherwise be missing behind what another did send.</summary>
    private async Task<HeldWriters> HoldWritersAsync(GroupRequest request, CancellationToken cancellationToken)
    {
        var held = new HeldWriters();
        try
        {
            // In one order, so that two groups do not wait for each other.
            foreach (BoundClaim claim in request.Claims.OrderBy(claim => claim.Uid, StringComparer.Ordinal))
            {
                if (_writers.GetValueOrDefault(claim.Id) is { } writer)
                {
                    held.Add(await writer.HoldAsync(cancellationToken).ConfigureAwait(false));
                }
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private async Task PutLabelsOnAsync(GroupRequest request, CancellationToken cancellationToken)
    {
        // An earlier call of the name may have meant others.
        HashSet<string> meant = [.. request.Claims.Select(claim => claim.Uid)];
        await TakeLabelsOffAsync(request.Label, request.Namespace, uid => !meant.Contains(uid), cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(request.Claims.Select(async claim =>
        {
            if (!await TryLabelAsync(claim.Namespace, claim.Name, claim.Uid, request.Label, "true", cancellationToken).ConfigureAwait(false))
            {
                throw VolumeNotFound(claim.Id);
            }
        })).ConfigureAwait(false);
    }

    private async Task TakeLabelsOffAsync(string label, string scope, Func<string, bool> isUnwanted, CancellationToken cancellationToken)
    {
        List<JsonElement> labelled = await _objects.ListAsync(ClusterPaths.WithLabel(ClusterPaths.Claims(scope), label, "true"), cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(labelled.Select(claim => claim.Member("metadata")).Where(metadata => isUnwanted(metadata.Text("uid"))).Select(
            metadata => TryLabelAsync(metadata.Text("namespace"), metadata.Text("name"), metadata.Text("uid"), label, null, cancellationToken))).ConfigureAwait(false);
    }

    // The group is what it is, or the error that led here matters more; the label is taken off with the group.
    private async Task TryTakeLabelsOffAsync(GroupRequest request)
    {
        try
        {
            await TakeLabelsOffAsync(request.Label, request.Namespace, _ => true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (WaybillException)
        {
        }
    }

    /// <summary>Sets a label of a claim, or takes it off.</summary>
    /// <returns>Whether the claim is there.</returns>
    private async Task<bool> TryLabelAsync(string objectNamespace, string name, string uid, string label, string? value, CancellationToken cancellationToken)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = uid, ["labels"] = new JsonObject { [label] = value } } };
        try
        {
            await _objects.PatchAsync($"{ClusterPaths.Claims(objectNamespace)}/{name}", patch, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ProviderException gone) when (gone is { Code: WaybillErrorCode.ObjectNotFound } or { Code: WaybillErrorCode.ObjectRejected, VendorCode: "Conflict" })
        {
            // A conflict says that another claim has the name by now.
            return false;
        }
    }

    private async Task<GroupObject?> FindGroupAsync(GroupRequest request, CancellationToken cancellationToken) =>
        await _objects.FindAsync(request.Path, cancellationToken).ConfigureAwait(false) is { } found ? GroupObject.From(found) : null;

    private async Task<GroupContentObject?> FindContentAsync(GroupRequest request, GroupObject group, CancellationToken cancellationToken) =>
        ClusterObjectId.IsName(group.Content)
        && await _objects.FindAsync($"{ClusterPaths.GroupSnapshotContents(request.Way.Version)}/{group.Content}", cancellationToken).ConfigureAwait(false) is { } found
            ? GroupContentObject.From(found, group)
            : null;

    private async Task<List<SnapshotObject>> ListMembersAsync(GroupObject group, CancellationToken cancellationToken) =>
        [.. (await _objects.ListAsync(ClusterPaths.VolumeSnapshots(group.Namespace), cancellationToken).ConfigureAwait(false))
            .Select(SnapshotObject.From).Where(snapshot => snapshot.OwnerGroupUid == group.Uid)];

    /// <summary>Removes a group with its snapshots, and waits until all of it is gone.</summary>
    private async Task RemoveAsync(GroupObject asked, string version, CancellationToken cancellationToken)
    {
        GroupObject group = await UntilTakenUpAsync(asked, version, cancellationToken).ConfigureAwait(false);
        List<SnapshotObject> members = await ListMembersAsync(group, cancellationToken).ConfigureAwait(false);
        string path = $"{ClusterPaths.GroupSnapshots(version, group.Namespace)}/{group.Name}";
        string content = group.Content.Length > 0 ? $"{ClusterPaths.GroupSnapshotContents(version)}/{group.Content}" : "";
        await _objects.DeleteAsync(path, group.Uid, cancellationToken).ConfigureAwait(false);
        await _wait.UntilAsync(
            async () => !(await _objects.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } left && left.Member("metadata").Text("uid") == group.Uid)
                && (content.Length == 0 || await _objects.FindAsync(content, cancellationToken).ConfigureAwait(false) is null),
            () => Late("remove the group", group.FullName, "Its finalizers, and the events of its VolumeGroupSnapshotContent, say what it waits for."),
            cancellationToken).ConfigureAwait(false);

        // They go by themselves, and some may have come since; it is over when the last one is gone.
        members.AddRange(await ListMembersAsync(group, cancellationToken).ConfigureAwait(false));
        foreach (SnapshotObject member in members.AsEnumerable().Reverse().DistinctBy(member => member.Uid))
        {
            await RemoveAsync(member, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits a while until the cluster has taken a group up. One that is removed before that has nothing by which a controller that is just about to do so would know
    /// that its content, and what the driver takes for that, is to go too.
    /// </summary>
    private async Task<GroupObject> UntilTakenUpAsync(GroupObject group, string version, CancellationToken cancellationToken)
    {
        // One that is old already is waited for no more, by whichever of the two clocks.
        long begun = _time.GetTimestamp();
        GroupObject last = group;
        while (last is { Content.Length: 0, Error.Length: 0, IsDeleting: false, Created: { } created }
            && _time.GetElapsedTime(begun) < _options.ErrorPatience && _time.GetUtcNow() - created.ToDateTimeOffset() < _options.ErrorPatience)
        {
            await Task.Delay(s_lookAgain, _time, cancellationToken).ConfigureAwait(false);
            JsonElement? found = await _objects.FindAsync($"{ClusterPaths.GroupSnapshots(version, group.Namespace)}/{group.Name}", cancellationToken).ConfigureAwait(false);
            if (found is not { } there || GroupObject.From(there) is not { } now || now.Uid != group.Uid)
            {
                break;
            }

            last = now;
        }

        return last;
    }

    /// <summary>Has a group removed that is not wanted any more, without waiting for it; whoever cancelled does not want to.</summary>
    private async Task TryAskToRemoveAsync(GroupRequest request)
    {
        try
        {
            if (await FindGroupAsync(request, CancellationToken.None).ConfigureAwait(false) is { } left && left.Request == request.Text)
            {
                await UntilTakenUpAsync(left, request.Way.Version, CancellationToken.None).ConfigureAwait(false);
                await _objects.DeleteAsync(request.Path, left.Uid, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (WaybillException)
        {
            // The error that led here matters more; the ledger still names the group.
        }
    }

    private ProviderException RemovedMeanwhile(GroupRequest request) =>
        new(WaybillErrorCode.ProviderBusy, Name, "The group was removed while it was taken") { ObjectName = $"{request.Namespace}/{request.ObjectName}", IsTransient = true };
}
