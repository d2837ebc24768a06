using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <content>Makes, grows and removes claims.</content>
public sealed partial class ClusterVolumeProvider
{
    private const string IsDefaultClass = "storageclass.kubernetes.io/is-default-class";

    /// <inheritdoc/>
    /// <remarks>
    /// The name is that of the claim, with <c>NAMESPACE/</c> before it unless the connection's own is meant. Parameters are <c>volumeMode</c> and <c>accessMode</c>.
    /// A class that waits for a pod before it makes a volume gets one, if movers are wanted; else it is refused. A claim for files of which nobody says how large it is has 1 GiB.
    /// </remarks>
    public async ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Length, request.Kind == VolumeKind.Block ? 1 : 0, nameof(request));
        ClaimRequest wanted = ClaimRequest.From(request, _connection.DefaultNamespace, _options);
        RequirePossible(wanted);
        JsonElement? found = await _objects.FindAsync(wanted.Path, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            // What it is made of is looked at only if it is not made yet: the source may be gone since.
            (JsonObject? source, string sourceClass) = await FindSourceAsync(wanted, cancellationToken).ConfigureAwait(false);
            string storageClass = await ChooseClassAsync(request.StorageClass.Length > 0 ? request.StorageClass : sourceClass, cancellationToken).ConfigureAwait(false);
            found = await _objects.CreateAsync(ClusterPaths.Claims(wanted.Namespace), wanted.ToClaim(storageClass, source), cancellationToken).ConfigureAwait(false)
                ?? await _objects.FindAsync(wanted.Path, cancellationToken).ConfigureAwait(false)
                ?? throw Late("keep the claim", request.Name, "It was there a moment ago, and is gone.");
        }

        string uid = found.Value.Member("metadata").Text("uid");
        if (found.Value.Member("metadata", "annotations").Text(ClusterMarks.Request) != wanted.Text || found.Value.Member("metadata").Text("deletionTimestamp").Length > 0)
        {
            throw new ProviderException(WaybillErrorCode.VolumeConflict, Name, "There is a claim of that name that was asked for differently, or that is being removed") { ObjectName = request.Name };
        }

        await BindAsync(found.Value, cancellationToken).ConfigureAwait(false);
        BoundClaim bound = await _wait.UntilAsync(
            async () => await _objects.FindAsync(wanted.Path, cancellationToken).ConfigureAwait(false) is { } now && now.Member("metadata").Text("uid") == uid
                ? await _claims.BindAsync(now, cancellationToken).ConfigureAwait(false)
                : throw VolumeNotFound(new VolumeId($"{wanted.Namespace}/~{uid}")),
            () => Late("bind the claim", $"{wanted.Namespace}/{wanted.Name}", "Its events say why; the same request finds it again."),
            cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(bound, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!ClusterObjectId.TryParse(volume.ToString(), out ClusterObjectId id) || !_claims.IsMeant(id.Namespace)
            || await _objects.FindAsync(ClusterPaths.Claims(id.Namespace), id, cancellationToken).ConfigureAwait(false) is not { } node)
        {
            return;
        }

        JsonElement metadata = node.Member("metadata");
        (string name, string uid) = (metadata.Text("name"), metadata.Text("uid"));
        if (_writers.ContainsKey(new VolumeId(ClusterObjectId.Of(id.Namespace, name, uid).ToString())))
        {
            throw InUse(volume, "a writer has it open");
        }

        BoundClaim? bound = await _claims.BindAsync(node, cancellationToken).ConfigureAwait(false);
        await RequireUnusedAsync(bound ?? new BoundClaim(id.Namespace, name, uid), cancellationToken).ConfigureAwait(false);
        string path = $"{ClusterPaths.Claims(id.Namespace)}/{name}";
        await _objects.DeleteAsync(path, uid, cancellationToken).ConfigureAwait(false);
        await _wait.UntilAsync(
            async () => !(await _objects.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } left && left.Member("metadata").Text("uid") == uid)
                && (bound is not { ReclaimPolicy: "Delete" } || await _objects.FindAsync($"{ClusterPaths.Volumes}/{bound.Volume}", cancellationToken).ConfigureAwait(false) is null),
            () => Late("remove the claim and its volume", volume.ToString(), "Its finalizers, and the events of its volume, say what it waits for."),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        BoundClaim claim = await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false);
        if (claim.Length >= length)
        {
            return await DescribeAsync(claim, cancellationToken).ConfigureAwait(false);
        }

        JsonElement? storageClass = ClusterObjectId.IsName(claim.StorageClass)
            ? await _objects.FindAsync($"{ClusterPaths.StorageClasses}/{claim.StorageClass}", cancellationToken).ConfigureAwait(false)
            : null;
        if (storageClass is not { } found || !found.IsTrue("allowVolumeExpansion"))
        {
            throw Unsupported(volume.ToString(), $"The storage class '{claim.StorageClass}' does not let volumes grow");
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = claim.Uid },
            ["spec"] = new JsonObject
            {
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = length.ToString(CultureInfo.InvariantCulture) } },
            },
        };
        await _objects.PatchAsync($"{ClusterPaths.Claims(claim.Namespace)}/{claim.Name}", patch, cancellationToken).ConfigureAwait(false);
        BoundClaim grown = await _wait.UntilAsync(
            async () => await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false) is var now && now.Length >= length ? now : null,
            () => Late("make the volume larger", volume.ToString(), "The events of the claim say why."),
            cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(grown, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until a claim that was restored has its volume.</summary>
    internal async Task<VolumeDescriptor> WaitBoundAsync(VolumeId claim, CancellationToken cancellationToken)
    {
        if (ClusterObjectId.TryParse(claim.ToString(), out ClusterObjectId id)
            && await _objects.FindAsync(ClusterPaths.Claims(id.Namespace), id, cancellationToken).ConfigureAwait(false) is { } node)
        {
            await BindAsync(node, cancellationToken).ConfigureAwait(false);
        }

        BoundClaim bound = await _wait.UntilAsync(
            () => _claims.FindAsync(claim, cancellationToken),
            () => Late("bind the claim", claim.ToString(), "Its events say why. A class that waits for a pod before it makes a volume can be restored to if the image of the data mover is named."),
            cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(bound, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes on a claim whether it holds what it was restored for. Until it does, the next restore begins anew with it.</summary>
    internal Task MarkAsync(string claim, string bundle, bool isFilled, CancellationToken cancellationToken)
    {
        string[] id = claim.Split('/');
        var marks = new JsonObject { [ClusterMarks.FilledFrom] = bundle, [ClusterMarks.Filled] = isFilled ? Timestamp.From(_time.GetUtcNow()).ToString() : null };
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = marks } };
        return _objects.PatchAsync($"{ClusterPaths.Claims(id[0])}/{id[1]}", patch, cancellationToken);
    }

    /// <summary>Has the volume of a claim made if that waits for a pod.</summary>
    private async Task BindAsync(JsonElement claim, CancellationToken cancellationToken)
    {
        (JsonElement metadata, JsonElement spec) = (claim.Member("metadata"), claim.Member("spec"));
        bool isWaiting = _movers is not null && claim.Member("status").Text("phase") != "Bound" && ClusterObjectId.IsName(spec.Text("storageClassName"))
            && await _objects.FindAsync($"{ClusterPaths.StorageClasses}/{spec.Text("storageClassName")}", cancellationToken).ConfigureAwait(false) is { } storageClass
            && WaitsForPod(storageClass);
        if (isWaiting)
        {
            await _movers!.BindAsync(metadata.Text("namespace"), metadata.Text("name"), spec.Text("volumeMode") == "Block", cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool WaitsForPod(JsonElement storageClass) => storageClass.Text("volumeBindingMode") == "WaitForFirstConsumer";

    private void RequirePossible(ClaimRequest wanted)
    {
        VolumeCreateRequest asked = wanted.Asked;
        if (!ClusterObjectId.IsName(wanted.Namespace) || !ClusterObjectId.IsName(wanted.Name) || !_claims.IsMeant(wanted.Namespace))
        {
            throw Unsupported(asked.Name, "A claim cannot have that name, or not in that namespace", "Use NAMESPACE/CLAIM, in lower case letters, digits, '-' and '.'.");
        }

        if (asked.Kind == VolumeKind.FileTree)
        {
            RequireTrees(asked.Name);
            if (wanted.VolumeMode != BoundClaim.Filesystem || (_movers!.Options.AllowVolumeModeChange && wanted.AccessMode != "ReadWriteMany"))
            {
                throw Unsupported(asked.Name, "What such a claim holds is read as blocks here, not as files");
            }
        }

        if (wanted.Unknown is { } unknown)
        {
            throw Unsupported(asked.Name, $"There is no parameter '{unknown}'");
        }

        if (wanted.VolumeMode is not (BoundClaim.Block or BoundClaim.Filesystem))
        {
            throw Unsupported(asked.Name, $"There is no volume mode '{wanted.VolumeMode}'");
        }
    }

    private async Task<(JsonObject? Source, string StorageClass)> FindSourceAsync(ClaimRequest wanted, CancellationToken cancellationToken)
    {
        if (wanted.Asked.Source is not { } source)
        {
            return (null, "");
        }

        if (source.Snapshot is { } id)
        {
            (SnapshotObject snapshot, _) = await RequireSnapshotAsync(source.Volume, id, cancellationToken).ConfigureAwait(false);
            RequireSameNamespace(snapshot.Namespace);
            BoundClaim? origin = await _claims.FindAsync(source.Volume, cancellationToken).ConfigureAwait(false);
            return (new JsonObject { ["apiGroup"] = "snapshot.storage.k8s.io", ["kind"] = "VolumeSnapshot", ["name"] = snapshot.Name }, origin?.StorageClass ?? "");
        }

        BoundClaim claim = await RequireClaimAsync(source.Volume, cancellationToken).ConfigureAwait(false);
        RequireSameNamespace(claim.Namespace);
        if (_writers.GetValueOrDefault(claim.Id) is { } writer)
        {
            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        return (new JsonObject { ["kind"] = "PersistentVolumeClaim", ["name"] = claim.Name }, claim.StorageClass);

        void RequireSameNamespace(string of)
        {
            if (of != wanted.Namespace)
            {
                throw Unsupported(wanted.Asked.Name, $"A claim is made of what is in its own namespace, not in '{of}'", "Restore it there from a recovery point instead.");
            }
        }
    }

    /// <summary>Finds the class of a new claim, and whether a volume of it can be written at all.</summary>
    private async Task<string> ChooseClassAsync(string name, CancellationToken cancellationToken)
    {
        JsonElement found;
        if (name.Length > 0)
        {
            found = ClusterObjectId.IsName(name) && await _objects.FindAsync($"{ClusterPaths.StorageClasses}/{name}", cancellationToken).ConfigureAwait(false) is { } one ? one
                : throw Unsupported(name, $"The cluster has no storage class '{name}'");
        }
        else
        {
            List<JsonElement> all = await _objects.ListAsync(ClusterPaths.StorageClasses, cancellationToken).ConfigureAwait(false);
            found = all.Find(one => one.Member("metadata", "annotations").Text(IsDefaultClass) == "true");
            name = found.Member("metadata").Text("name");
            if (name.Length == 0)
            {
                throw Unsupported(Name, "The cluster has no default storage class", "Name one.");
            }
        }

        string driver = found.Text("provisioner");
        if (!_claims.IsMeantDriver(driver))
        {
            throw Unsupported(name, $"The storage class '{name}' is one of the driver '{driver}', which is not meant here");
        }

        await _data.GetAsync(driver, cancellationToken).ConfigureAwait(false);
        return _movers is not null || !WaitsForPod(found) ? name
            : throw Unsupported(name, $"The storage class '{name}' makes a volume only when a pod uses it", "Use a class whose volumeBindingMode is Immediate, or name the image of the data mover.");
    }
}
