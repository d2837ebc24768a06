using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <content>Has VolumeSnapshots made and removed, and waits until that is done.</content>
public sealed partial class ClusterVolumeProvider
{
    /// <summary>Gives the name of the object for a name that may be no object's: the same for the same, whoever asks.</summary>
    private static string ObjectName(string name) => $"waybill-{Digest(name)}";

    private static string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    /// <summary>Has a snapshot taken, and waits until it is.</summary>
    private async Task<SnapshotObject> TakeAsync(BoundClaim claim, string name, bool temporary, CancellationToken cancellationToken)
    {
        await _data.GetAsync(claim.Driver, cancellationToken).ConfigureAwait(false);
        string snapshotClass = await _classes.ChooseAsync(claim.Driver, cancellationToken).ConfigureAwait(false);
        if (snapshotClass.Length == 0)
        {
            throw Unsupported(claim.Id.ToString(), $"The driver '{claim.Driver}' has no VolumeSnapshotClass, so that no snapshots can be taken");
        }

        await RequireFreeNameAsync(claim, name, cancellationToken).ConfigureAwait(false);
        if (_writers.GetValueOrDefault(claim.Id) is { } writer)
        {
            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        JsonObject node = NewSnapshot(claim, name, snapshotClass, temporary);
        SnapshotObject? made = null;
        SnapshotObject there = await _wait.UntilAsync(
            async () =>
            {
                JsonElement? created = await _objects.CreateAsync(ClusterPaths.VolumeSnapshots(claim.Namespace), node, cancellationToken).ConfigureAwait(false);
                made = created is { } one ? SnapshotObject.From(one) : null;
                SnapshotObject? found = made ?? await FindObjectAsync(claim.Namespace, ObjectName(name), cancellationToken).ConfigureAwait(false);

                // One that is being removed frees its name in a moment.
                return found is { IsDeleting: true } ? null : found;
            },
            () => Late("free the name of the snapshot", name, "An older one of that name is being removed: look at its finalizers."),
            cancellationToken).ConfigureAwait(false);
        if (there.Claim != claim.Name)
        {
            throw Conflict(name, $"{there.Namespace}/{there.Claim}");
        }

        try
        {
            return await UntilTakenAsync(there, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException failure) when (!failure.IsTransient && made is not null)
        {
            await TryRemoveAsync(made).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<SnapshotObject> UntilTakenAsync(SnapshotObject there, CancellationToken cancellationToken)
    {
        SnapshotObject last = there;
        long? failing = null;
        return await _wait.UntilAsync(
            async () =>
            {
                last = await FindObjectAsync(there.Namespace, there.Name, cancellationToken).ConfigureAwait(false) is { } now && now.Uid == there.Uid ? now
                    : throw SnapshotNotFound(there.Id);
                if (last.Content.Length > 0 && (last.Taken is not null || last.IsReady))
                {
                    return last;
                }

                failing = last.Error.Length == 0 ? null : failing ?? _time.GetTimestamp();
                return failing is not { } since || _time.GetElapsedTime(since) < _options.ErrorPatience ? null
                    : throw new ProviderException(WaybillErrorCode.ProviderFailed, Name, $"The cluster cannot take the snapshot: {last.Error}") { ObjectName = there.FullName };
            },
            () => Late("take the snapshot", there.FullName, "The same call finds it again; its events and its VolumeSnapshotContent say what it waits for.", last.Error),
            cancellationToken).ConfigureAwait(false);
    }

    // Names are unique over all namespaces that are meant, which the cluster itself does not see to.
    private async Task RequireFreeNameAsync(BoundClaim claim, string name, CancellationToken cancellationToken)
    {
        foreach (string scope in _claims.Scopes())
        {
            string path = ClusterPaths.WithLabel(ClusterPaths.VolumeSnapshots(scope), ClusterMarks.NameDigest, Digest(name));
            foreach (SnapshotObject other in (await _objects.ListAsync(path, cancellationToken).ConfigureAwait(false)).Select(SnapshotObject.From))
            {
                if (!other.IsDeleting && (other.Namespace, other.Claim) != (claim.Namespace, claim.Name))
                {
                    throw Conflict(name, $"{other.Namespace}/{other.Claim}");
                }
            }
        }
    }

    private static JsonObject NewSnapshot(BoundClaim claim, string name, string snapshotClass, bool temporary)
    {
        var labels = new JsonObject { [ClusterMarks.ManagedBy] = ClusterMarks.Waybill, [ClusterMarks.NameDigest] = Digest(name) };
        if (temporary)
        {
            labels[ClusterMarks.Temporary] = "true";
        }

        return new JsonObject
        {
            ["apiVersion"] = "snapshot.storage.k8s.io/v1",
            ["kind"] = "VolumeSnapshot",
            ["metadata"] = new JsonObject
            {
                ["name"] = ObjectName(name),
                ["namespace"] = claim.Namespace,
                ["labels"] = labels,
                ["annotations"] = new JsonObject { [ClusterMarks.Name] = name, [ClusterMarks.Length] = claim.Length.ToString(CultureInfo.InvariantCulture) },
            },
            ["spec"] = new JsonObject
            {
                ["volumeSnapshotClassName"] = snapshotClass,
                ["source"] = new JsonObject { ["persistentVolumeClaimName"] = claim.Name },
            },
        };
    }

    private async Task RemoveAsync(SnapshotObject snapshot, CancellationToken cancellationToken)
    {
        string path = $"{ClusterPaths.VolumeSnapshots(snapshot.Namespace)}/{snapshot.Name}";
        await _objects.DeleteAsync(path, snapshot.Uid, cancellationToken).ConfigureAwait(false);
        await _wait.UntilAsync(
            async () => !(await _objects.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } left && left.Member("metadata").Text("uid") == snapshot.Uid)
                && (snapshot.Content.Length == 0 || await _objects.FindAsync($"{ClusterPaths.SnapshotContents}/{snapshot.Content}", cancellationToken).ConfigureAwait(false) is null),
            () => Late("remove the snapshot", snapshot.FullName, "Its finalizers, and the events of its VolumeSnapshotContent, say what it waits for."),
            cancellationToken).ConfigureAwait(false);
    }

    // The error that led here matters more; what is left has our labels.
    private async Task TryRemoveAsync(SnapshotObject snapshot)
    {
        try
        {
            await RemoveAsync(snapshot, CancellationToken.None).ConfigureAwait(false);
        }
        catch (WaybillException)
        {
        }
    }
}
