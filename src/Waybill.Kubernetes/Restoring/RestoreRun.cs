using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>One restore: what exists is looked at first, then objects are created in their order.</summary>
internal sealed class RestoreRun(ClusterConnection connection, ResourceRestoreRequest request, ResourcePlan plan)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly ApiClient _client = connection.Client;
    private readonly Dictionary<string, string> _uids = new(StringComparer.Ordinal);
    private ApiCatalog _catalog = new([], []);

    public async Task<ResourceRestoreResult> PlanAsync(CancellationToken cancellationToken)
    {
        _catalog = await new DiscoveryReader(_client).ReadAsync(cancellationToken).ConfigureAwait(false);
        var restored = new List<RestoredObject>();
        foreach (PlannedObject planned in plan.Objects)
        {
            try
            {
                restored.Add((await JudgeAsync(planned, cancellationToken).ConfigureAwait(false)).Report);
            }
            catch (WaybillException error) when (ConcernsOneObject(error))
            {
                restored.Add(new RestoredObject(planned.Source, RestoreAction.Create) { Target = planned.TargetReference, Changes = planned.Changes, Problem = error });
            }
        }

        return new ResourceRestoreResult([.. restored, .. plan.LeftOut]);
    }

    public async Task<ResourceRestoreResult> RunAsync(IProgress<RestoredObject>? progress, CancellationToken cancellationToken)
    {
        RefuseConflicts(await PlanAsync(cancellationToken).ConfigureAwait(false));
        var restored = new List<RestoredObject>();
        foreach (PlannedObject planned in plan.Objects)
        {
            RestoredObject report = await RestoreAsync(planned, cancellationToken).ConfigureAwait(false);
            restored.Add(report);
            progress?.Report(report);
        }

        return new ResourceRestoreResult([.. restored, .. plan.LeftOut]);
    }

    /// <summary>Ends a restore before it begins if objects exist of which nobody said what happens to them.</summary>
    public static void RefuseConflicts(ResourceRestoreResult planned)
    {
        RestoredObject[] conflicts = [.. planned.Objects.Where(found => found.Action == RestoreAction.Conflict)];
        if (conflicts.Length > 0)
        {
            throw new WaybillException(WaybillErrorCode.ObjectExists, conflicts.Length == 1 ? "An object exists already, and is another" : $"{conflicts.Length} objects exist already, and are others")
            {
                ObjectName = conflicts[0].Target,
                Hint = "Restore to another namespace, or say what happens to existing objects.",
            };
        }
    }

    private async Task<RestoredObject> RestoreAsync(PlannedObject planned, CancellationToken cancellationToken)
    {
        var report = new RestoredObject(planned.Source, RestoreAction.Create) { Target = planned.TargetReference, Changes = planned.Changes };
        try
        {
            (report, JsonObject? existing) = await JudgeAsync(planned, cancellationToken).ConfigureAwait(false);
            if (report.Problem is not null)
            {
                return report;
            }

            ApiResource resource = await ServedAsync(planned, cancellationToken).ConfigureAwait(false);
            JsonObject target = WithOwners(planned);
            JsonObject? result = report.Action switch
            {
                RestoreAction.Create => await CreateAsync(resource, target, cancellationToken).ConfigureAwait(false),
                RestoreAction.Update => await UpdateAsync(resource, target, cancellationToken).ConfigureAwait(false),
                RestoreAction.Replace => await ReplaceAsync(resource, existing!, target, cancellationToken).ConfigureAwait(false),
                _ => existing,
            };
            if (planned.SourceUid.Length > 0 && result?["metadata"].Text("uid") is { Length: > 0 } uid)
            {
                _uids[planned.SourceUid] = uid;
            }

            return report;
        }
        catch (WaybillException error) when (ConcernsOneObject(error))
        {
            return report with { Problem = error };
        }
    }

    /// <summary>Says whether the next object may be welcome all the same.</summary>
    private static bool ConcernsOneObject(WaybillException error) =>
        error.Code is WaybillErrorCode.ObjectRejected or WaybillErrorCode.ObjectNotFound or WaybillErrorCode.KindNotServed
        || error is ProviderException { Code: WaybillErrorCode.ClusterRefused, VendorCode: "Forbidden" };

    /// <summary>Decides what is to be done with an object, by what exists.</summary>
    private async Task<(RestoredObject Report, JsonObject? Existing)> JudgeAsync(PlannedObject planned, CancellationToken cancellationToken)
    {
        var report = new RestoredObject(planned.Source, RestoreAction.Create) { Target = planned.TargetReference, Changes = planned.Changes };
        ApiResource? resource = Find(planned);
        if (resource is null)
        {
            bool comes = plan.Objects.Any(other => other.Key.Kind == "CustomResourceDefinition" && other.Target["spec"].Text("group") == planned.Key.Group);
            return (comes ? report : report with { Problem = NotServed(planned) }, null);
        }

        ApiAnswer? answer = await _client.FindAsync(resource.PathOf(planned.Key.Namespace, planned.Key.Name), cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            return (report, null);
        }

        JsonObject existing = JsonNode.Parse(answer.Json.Span)!.AsObject();
        JsonObject cleaned = existing.DeepClone().AsObject();
        ObjectCleaner.Clean(cleaned, request.KeepAddresses);
        ImmutableArray<string> differences = ObjectDifference.Describe(cleaned, planned.Target, wholly: false);
        report = report with { Differences = differences };
        bool isShared = !resource.IsNamespaced && planned.Key.Kind != "Namespace" && !request.ChangeSharedObjects;
        return (report with
        {
            Action = differences.IsEmpty ? RestoreAction.Unchanged
                : isShared || IsMadeByCluster(planned.Key) ? RestoreAction.Skip
                : planned.Key is { Group: "", Kind: "Namespace" } ? (request.Existing == ExistingObjects.Update ? RestoreAction.Update : RestoreAction.Skip)
                : request.Existing switch
                {
                    ExistingObjects.Skip => RestoreAction.Skip,
                    ExistingObjects.Update => RestoreAction.Update,
                    ExistingObjects.Replace => LossOfReplacing(planned.Key).Length == 0 ? RestoreAction.Replace : RestoreAction.Skip,
                    _ => RestoreAction.Conflict,
                },
            Reason = differences.IsEmpty ? "" : isShared ? "others may use it" : IsMadeByCluster(planned.Key) ? "the cluster makes it in every namespace"
                : request.Existing == ExistingObjects.Replace ? LossOfReplacing(planned.Key) : "",
        }, existing);
    }

    /// <summary>Says what would be lost if an object were deleted to be created anew, and would not come back with it; empty if nothing.</summary>
    private static string LossOfReplacing(ObjectKey key) => key switch
    {
        { Group: "", Kind: "PersistentVolumeClaim" } => "to replace it would remove its data",
        { Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition" } => "to replace it would remove all objects of its kind",
        _ => "",
    };

    private static bool IsMadeByCluster(ObjectKey key) => key is { Group: "", Kind: "ServiceAccount", Name: "default" };

    private async Task<JsonObject> CreateAsync(ApiResource resource, JsonObject target, CancellationToken cancellationToken)
    {
        string home = target["metadata"].Text("namespace");
        var create = new ApiRequest(HttpMethod.Post, $"{resource.PathOf(home)}?fieldManager={Uri.EscapeDataString(request.FieldManager)}") { Body = target.ToBytes() };
        ApiAnswer answer = await _client.SendAsync(create, cancellationToken).ConfigureAwait(false);
        if (answer is { Code: 409, Status.Reason: "AlreadyExists" })
        {
            // The answer to the same request may have been lost on the way: then the object is what was sent.
            string path = resource.PathOf(home, target["metadata"].Text("name"));
            ApiAnswer found = (await _client.SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false)).OrThrow(path);
            JsonObject existing = JsonNode.Parse(found.Json.Span)!.AsObject();
            JsonObject cleaned = existing.DeepClone().AsObject();
            ObjectCleaner.Clean(cleaned, request.KeepAddresses);
            JsonObject wanted = target.DeepClone().AsObject();
            wanted.Metadata().Remove("ownerReferences");
            return ObjectDifference.Describe(cleaned, wanted, wholly: false).IsEmpty ? existing : Parse(answer, target);
        }

        return Parse(answer, target);
    }

    private async Task<JsonObject> UpdateAsync(ApiResource resource, JsonObject target, CancellationToken cancellationToken)
    {
        string path = resource.PathOf(target["metadata"].Text("namespace"), target["metadata"].Text("name"));
        var apply = new ApiRequest(HttpMethod.Patch, $"{path}?fieldManager={Uri.EscapeDataString(request.FieldManager)}&force=true")
        {
            Body = target.ToBytes(), ContentType = "application/apply-patch+yaml",
        };
        return Parse(await _client.SendAsync(apply, cancellationToken).ConfigureAwait(false), target);
    }

    private async Task<JsonObject> ReplaceAsync(ApiResource resource, JsonObject existing, JsonObject target, CancellationToken cancellationToken)
    {
        string path = resource.PathOf(target["metadata"].Text("namespace"), target["metadata"].Text("name"));
        var options = new JsonObject
        {
            ["kind"] = "DeleteOptions",
            ["apiVersion"] = "v1",
            ["propagationPolicy"] = "Foreground",
            ["preconditions"] = new JsonObject { ["uid"] = existing["metadata"].Text("uid") },
        };
        ApiAnswer deleted = await _client.SendAsync(new ApiRequest(HttpMethod.Delete, path) { Body = options.ToBytes() }, cancellationToken).ConfigureAwait(false);
        if (deleted.Code != 404)
        {
            deleted.OrThrow(path);
        }

        await WaitAsync(
            async token => await _client.FindAsync(path, token).ConfigureAwait(false) is null,
            () => new ProviderException(WaybillErrorCode.ObjectRejected, "kubernetes", "The object is being deleted and does not go") { ObjectName = path, Hint = "Look at its finalizers." },
            cancellationToken).ConfigureAwait(false);
        return await CreateAsync(resource, target, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gets the kind of an object, and waits for it if its definition was just created.</summary>
    private async Task<ApiResource> ServedAsync(PlannedObject planned, CancellationToken cancellationToken)
    {
        if (Find(planned) is { } known)
        {
            return known;
        }

        await WaitAsync(
            async token =>
            {
                _catalog = await new DiscoveryReader(_client).ReadAsync(token).ConfigureAwait(false);
                return Find(planned) is not null;
            },
            () => NotServed(planned),
            cancellationToken).ConfigureAwait(false);
        return Find(planned)!;
    }

    private async Task WaitAsync(Func<CancellationToken, Task<bool>> isDone, Func<WaybillException> late, CancellationToken cancellationToken)
    {
        TimeProvider time = connection.Options.TimeProvider;
        long begun = time.GetTimestamp();
        while (!await isDone(cancellationToken).ConfigureAwait(false))
        {
            if (time.GetElapsedTime(begun) > request.WaitLimit)
            {
                throw late();
            }

            await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds the kind in the version the object is written in; another version may have another form.</summary>
    private ApiResource? Find(PlannedObject planned)
    {
        string apiVersion = planned.Target.Text("apiVersion");
        ApiResource? resource = _catalog.FindInGroup(planned.Key.Group, planned.Key.Kind);
        return resource is not null && resource.ServedVersions.Contains(apiVersion) ? resource with { Version = apiVersion.Split('/')[^1] } : null;
    }

    private JsonObject WithOwners(PlannedObject planned)
    {
        JsonObject target = planned.Target.DeepClone().AsObject();
        var owners = new JsonArray();
        foreach (JsonObject owner in planned.Owners)
        {
            if (_uids.TryGetValue(owner.Text("uid"), out string? uid))
            {
                JsonObject renewed = owner.DeepClone().AsObject();
                renewed["uid"] = uid;
                owners.Add((JsonNode)renewed);
            }
        }

        if (owners.Count > 0)
        {
            target.Metadata()["ownerReferences"] = owners;
        }

        return target;
    }

    private static JsonObject Parse(ApiAnswer answer, JsonObject target)
    {
        if (answer is { Code: 422 })
        {
            throw new ProviderException(WaybillErrorCode.ObjectRejected, "kubernetes", $"The cluster rejects the object: {answer.Status.Message}")
            {
                ObjectName = JsonNodes.ReferenceOf(target), VendorCode = answer.Status.Reason, Hint = "If a field cannot be changed, let existing objects be replaced.",
            };
        }

        return JsonNode.Parse(answer.OrThrow(JsonNodes.ReferenceOf(target)).Json.Span)!.AsObject();
    }

    private static WaybillException NotServed(PlannedObject planned) =>
        new(WaybillErrorCode.KindNotServed, $"The cluster does not serve {planned.Target.Text("kind")} in {planned.Target.Text("apiVersion")}")
        {
            ObjectName = planned.TargetReference, Hint = "Install what brings the kind, then restore again.",
        };
}
