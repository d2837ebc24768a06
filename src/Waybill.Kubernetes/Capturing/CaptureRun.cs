using System.Collections.Immutable;
using System.Text.Json;
using Waybill.Engine;

namespace Waybill.Kubernetes;

/// <summary>One capture: everything in the namespaces is read, what belongs to the application is found in it, and what that needs elsewhere is fetched.</summary>
internal sealed class CaptureRun
{
    private const string SystemNamespace = "kube-system";
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string SnapshotGroup = "snapshot.storage.k8s.io";
    private const string SnapshotClass = "VolumeSnapshotClass";

    private readonly ClusterConnection _connection;
    private readonly ApiCatalog _catalog;
    private readonly CaptureScope _scope;
    private readonly ResourceSpool _spool;
    private readonly List<CaptureGap> _gaps;
    private readonly ObjectScanner _scanner;
    private readonly ObjectGraph _graph = new();
    private readonly HashSet<ObjectKey> _asked = [];
    private readonly SortedSet<string> _excluded = new(StringComparer.Ordinal);
    private int _added;

    public CaptureRun(ClusterConnection connection, ApiCatalog catalog, CaptureScope scope, ResourceSpool spool, IProgress<CaptureProgress>? progress)
    {
        _connection = connection;
        _catalog = catalog;
        _scope = scope;
        _spool = spool;
        _gaps = [.. catalog.Gaps];
        _scanner = new ObjectScanner(connection, spool, _gaps, progress);
    }

    public ClusterVolumeProvider? Storage { get; init; }

    public async Task<CapturedApplication> RunAsync(Timestamp begun, CancellationToken cancellationToken)
    {
        foreach (string home in _scope.Namespaces)
        {
            await ScanNamespaceAsync(home, cancellationToken).ConfigureAwait(false);
        }

        foreach (ObjectKey outside in _scope.Outside)
        {
            await FetchAsync(outside, isRoot: true, isOptional: false, cancellationToken).ConfigureAwait(false);
        }

        AddFound();
        if (!_graph.Objects.Any(scanned => scanned.IsRoot) && _gaps.Count == 0)
        {
            throw new WaybillException(WaybillErrorCode.ApplicationNotFound, "Nothing in the cluster belongs to the application") { ObjectName = _scope.Name };
        }

        List<int> members = await CompleteAsync(cancellationToken).ConfigureAwait(false);
        string version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        (string clusterId, string namespaceUid) = await ReadOriginAsync(cancellationToken).ConfigureAwait(false);
        var summary = new CaptureSummary(_graph, members);
        ImmutableArray<ProtectedVolume> volumes = Storage is null ? [] : await ClaimVolumes.FindAsync(summary.Claims, Storage, _gaps, cancellationToken).ConfigureAwait(false);
        return new CapturedApplication(_spool)
        {
            Name = _scope.Name,
            Origin = new Origin
            {
                Platform = "kubernetes",
                ClusterId = clusterId,
                ClusterName = _connection.ContextName,
                Namespace = _scope.Namespaces.Length == 1 ? _scope.Namespaces[0] : "",
                NamespaceUid = namespaceUid,
                Kind = summary.TopWorkload?.Key.Kind ?? "",
                Uid = summary.TopWorkload?.Uid ?? "",
            },
            ClusterVersion = version,
            Begun = begun,
            Ended = Timestamp.From(_connection.Options.TimeProvider.GetUtcNow()),
            Objects = summary.Objects,
            Relations = summary.Relations,
            Tags = summary.Tags,
            TagsLeftOut = summary.TagsLeftOut,
            Images = summary.Images,
            Claims = summary.Claims,
            Volumes = volumes,
            ExternalData = summary.ExternalData,
            Gaps = [.. _gaps.Distinct()],
            Excluded = [.. _excluded],
        };
    }

    private async Task ScanNamespaceAsync(string home, CancellationToken cancellationToken)
    {
        foreach (ApiResource resource in _catalog.All.Where(resource => resource.IsNamespaced && resource.CanList))
        {
            if (IsOfTheMoment(resource))
            {
                _excluded.Add(resource.Key);
                continue;
            }

            await _scanner.ScanAsync(resource, home, root => _scope.IsRoot(resource, root), null, cancellationToken).ConfigureAwait(false);
        }

        await FetchAsync(ObjectKey.Core("Namespace", "", home), isRoot: _scope.IncludesNamespaces, isOptional: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the members, fetches what they name elsewhere, and does so until nothing new is named.</summary>
    private async Task<List<int>> CompleteAsync(CancellationToken cancellationToken)
    {
        bool othersRead = false;
        while (true)
        {
            AddFound();
            List<int> members = new ApplicationClosure(_graph).Find();
            AddContext(members);
            int before = _scanner.Found.Count;
            foreach (int member in members)
            {
                await FetchNamedAsync(_graph.Objects[member], cancellationToken).ConfigureAwait(false);
            }

            if (_scanner.Found.Count > before)
            {
                continue;
            }

            if (othersRead)
            {
                return members;
            }

            othersRead = true;
            await ReadBindingsAsync(members, cancellationToken).ConfigureAwait(false);
            await ReadSnapshotClassesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FetchNamedAsync(ScannedObject member, CancellationToken cancellationToken)
    {
        foreach (ObjectReference reference in member.References.Where(reference => reference.Kind != RelationKind.ActsOn))
        {
            if (!_graph.TryFind(reference.Target, out _))
            {
                await FetchAsync(reference.Target, isRoot: false, reference.IsOptional || reference.Kind == RelationKind.Owner, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task FetchAsync(ObjectKey key, bool isRoot, bool isOptional, CancellationToken cancellationToken)
    {
        ApiResource? resource = _catalog.FindInGroup(key.Group, key.Kind);
        ObjectKey placed = resource is { IsNamespaced: false } ? key with { Namespace = "" } : key;
        if (!_asked.Add(placed) || resource is { CanList: false })
        {
            return;
        }

        if (resource is null)
        {
            if (!isOptional)
            {
                _gaps.Add(new CaptureGap(CaptureGapKind.Unavailable, key.ToString(), "The cluster does not serve this kind"));
            }

            return;
        }

        // What lies in a namespace that was listed and was not in the list has gone, or was never there: asking again tells which.
        await _scanner.FetchAsync(resource, placed.Namespace, placed.Name, isRoot, isOptional, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReadBindingsAsync(List<int> members, CancellationToken cancellationToken)
    {
        HashSet<(string, string)> accounts = [.. members.Select(member => _graph.Objects[member].Key).Where(key => key is { Group: "", Kind: "ServiceAccount" }).Select(key => (key.Namespace, key.Name))];
        if (accounts.Count > 0 && _catalog.FindInGroup(Rbac, "ClusterRoleBinding") is { CanList: true } bindings)
        {
            bool Binds(JsonElement root) => root.Items("subjects").Any(subject => subject.Text("kind") == "ServiceAccount" && accounts.Contains((subject.Text("namespace"), subject.Text("name"))));
            await _scanner.ScanAsync(bindings, "", static _ => false, Binds, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Nothing names the classes by which snapshots of the application's volumes are taken, except the driver that they share with the volumes.</summary>
    private async Task ReadSnapshotClassesAsync(CancellationToken cancellationToken)
    {
        HashSet<string> drivers = [.. _scanner.Found.SelectMany(scanned => scanned.References)
            .Where(reference => reference.Target is { Group: "storage.k8s.io", Kind: "CSIDriver" }).Select(reference => reference.Target.Name)];
        if (drivers.Count > 0 && _catalog.FindInGroup(SnapshotGroup, SnapshotClass) is { CanList: true } classes)
        {
            await _scanner.ScanAsync(classes, "", static _ => false, root => drivers.Contains(root.Text("driver")), cancellationToken).ConfigureAwait(false);
        }
    }

    private void AddFound()
    {
        _graph.Add(_scanner.Found.Skip(_added));
        _added = _scanner.Found.Count;
    }

    /// <summary>Adds what belongs to the application although none of its objects names it: its namespaces, and classes of snapshots.</summary>
    private void AddContext(List<int> members)
    {
        HashSet<int> known = [.. members];
        HashSet<string> homes = [.. members.Select(member => _graph.Objects[member].Key.Namespace)];
        for (int i = 0; i < _graph.Objects.Count; i++)
        {
            ObjectKey key = _graph.Objects[i].Key;
            if (((key is { Group: "", Kind: "Namespace" } && homes.Contains(key.Name)) || key is { Group: SnapshotGroup, Kind: SnapshotClass }) && known.Add(i))
            {
                members.Add(i);
            }
        }
    }

    private async Task<string> ReadVersionAsync(CancellationToken cancellationToken)
    {
        ApiAnswer answer = await _connection.Client.SendAsync(ApiRequest.Get("/version"), cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            return "";
        }

        using JsonDocument document = JsonDocument.Parse(answer.Json);
        return document.RootElement.Text("gitVersion");
    }

    private async Task<(string ClusterId, string NamespaceUid)> ReadOriginAsync(CancellationToken cancellationToken)
    {
        ApiResource namespaces = _catalog.FindInGroup("", "Namespace")!;
        string path = namespaces.PathOf("", SystemNamespace);
        ApiAnswer answer = await _connection.Client.SendAsync(ApiRequest.Get(path) with { Accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json" }, cancellationToken)
            .ConfigureAwait(false);
        string clusterId = "";
        if (answer.IsSuccess)
        {
            using JsonDocument document = JsonDocument.Parse(answer.Json);
            clusterId = document.RootElement.Member("metadata").Text("uid");
        }
        else
        {
            _gaps.Add(new CaptureGap(answer.Code == 403 ? CaptureGapKind.Forbidden : CaptureGapKind.Unavailable, "v1/Namespace/kube-system", $"The identity of the cluster is not known: {answer.Status.Message}"));
        }

        string home = _scope.Namespaces.Length == 1 && _graph.TryFind(ObjectKey.Core("Namespace", "", _scope.Namespaces[0]), out int index) ? _graph.Objects[index].Uid : "";
        return (clusterId, home);
    }

    /// <summary>Says of kinds that they tell what happens, not what is: nobody wants them back.</summary>
    private static bool IsOfTheMoment(ApiResource resource) =>
        resource.Key is "events" or "events.events.k8s.io" || resource.Group.EndsWith("metrics.k8s.io", StringComparison.Ordinal);
}
