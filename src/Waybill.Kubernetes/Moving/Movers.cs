using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>
/// Starts movers and removes them. Whatever is made belongs to the mover's Job; if nobody is left who would remove that, the mover ends by itself and the cluster
/// removes the Job with all that belongs to it.
/// </summary>
internal sealed class Movers(ClusterConnection connection, ClusterObjects objects, MoverOptions options, string provider, TimeSpan waitLimit, TimeSpan retryLimit) : IAsyncDisposable
{
    private const int BeatsPerLimit = 4;

    private readonly TimeProvider _time = connection.Options.TimeProvider;
    private readonly MoverManifest _manifest = new(options);
    private readonly ClusterWait _start = new(connection.Options.TimeProvider, options.StartLimit);
    private readonly ClusterWait _end = new(connection.Options.TimeProvider, waitLimit);
    private readonly SemaphoreSlim _slots = new(options.MaxMovers);
    private readonly ConcurrentDictionary<string, RunningMover> _running = new(StringComparer.Ordinal);

    public MoverOptions Options => options;

    /// <summary>Gets a name for a mover that nothing else has.</summary>
    public static string NewName() => $"{ClusterMarks.MoverNames}{Guid.NewGuid():N}";

    /// <summary>Starts a mover, and returns when it takes calls.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderBusy"/> if that took too long, <see cref="WaybillErrorCode.ProviderFailed"/> if its Job failed; both say what the cluster says.</exception>
    public async Task<RunningMover> StartAsync(MoverTask task, CancellationToken cancellationToken)
    {
        string name = task.Mover;
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        string uid = "";
        try
        {
            await RemoveForgottenTwinsAsync(cancellationToken).ConfigureAwait(false);
            MoverIdentity identity = MoverIdentity.Create(name, _time.GetUtcNow(), options.Deadline);
            JsonElement job = await MakeAsync(ClusterPaths.Jobs(task.Namespace), _manifest.Serve(name, task, identity), cancellationToken).ConfigureAwait(false);
            uid = job.Member("metadata").Text("uid");
            await MakeAsync(ClusterPaths.Secrets(task.Namespace), MoverManifest.Secret(name, task.Namespace, uid, identity), cancellationToken).ConfigureAwait(false);
            if (task.NewClaim is not null)
            {
                JsonElement claim = await MakeAsync(ClusterPaths.Claims(task.Namespace), MoverManifest.Claim(name, uid, task), cancellationToken).ConfigureAwait(false);
                if (task.TwinOf is not null)
                {
                    await MakeAsync(
                        ClusterPaths.Volumes, MoverManifest.Twin(task.Claim, task.TwinOf, task.Namespace, claim.Member("metadata").Text("uid")), cancellationToken).ConfigureAwait(false);
                }
            }

            var route = new MoverRoute(connection, objects, options.Reach, task.Namespace, name);
            await WaitReadyAsync(name, task, route, cancellationToken).ConfigureAwait(false);
            await objects.PatchAsync($"{ClusterPaths.Jobs(task.Namespace)}/{name}", _manifest.Extension(), cancellationToken).ConfigureAwait(false);
            if (task is { NewClaim: not null, TwinOf: null })
            {
                await LetGoWithClaimAsync(task, cancellationToken).ConfigureAwait(false);
            }

            BackupClient client = BackupClient.Connect(new BackupClientOptions(
                $"{identity.Host}:{MoverManifest.ServedPort}", Encoding.ASCII.GetBytes(identity.CertificatePem), (_, _) => ValueTask.FromResult(identity.Token))
            {
                Name = "mover", TimeProvider = _time, RetryLimit = retryLimit, Connect = route.ConnectAsync,
            });
            string made = uid;
            return _running[name] = new RunningMover(client, task.Namespace, options.IdleLimit / BeatsPerLimit, _time, async () =>
            {
                await EndAsync(name, made, task).ConfigureAwait(false);
                _running.TryRemove(name, out _);
            });
        }
        catch
        {
            await EndAsync(name, uid, task).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has the volume of a claim made that waits for a pod to use it.</summary>
    public async Task BindAsync(string objectNamespace, string claim, bool isBlock, CancellationToken cancellationToken)
    {
        string name = NewName();
        var task = new MoverTask(name, objectNamespace, claim, claim, 0);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        string uid = "";
        try
        {
            JsonElement job = await MakeAsync(ClusterPaths.Jobs(objectNamespace), _manifest.Bind(name, objectNamespace, claim, isBlock), cancellationToken).ConfigureAwait(false);
            uid = job.Member("metadata").Text("uid");
            var route = new MoverRoute(connection, objects, options.Reach, objectNamespace, name);
            await WaitAsync(
                name,
                task,
                route,
                async () => await objects.FindAsync($"{ClusterPaths.Claims(objectNamespace)}/{claim}", cancellationToken).ConfigureAwait(false) is { } now && now.Member("status").Text("phase") == "Bound",
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(name, uid, task).ConfigureAwait(false);
        }
    }

    /// <summary>Says whether a mover is one of these.</summary>
    public bool IsRunning(string name) => _running.ContainsKey(name);

    /// <summary>Removes all movers that are left.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Values.Select(mover => mover.DisposeAsync().AsTask())).ConfigureAwait(false);
        _slots.Dispose();
    }

    // A request whose answer was lost is sent again; the name is nobody else's.
    private async Task<JsonElement> MakeAsync(string listPath, JsonObject node, CancellationToken cancellationToken) =>
        await objects.CreateAsync(listPath, node, cancellationToken).ConfigureAwait(false)
        ?? await objects.FindAsync($"{listPath}/{node["metadata"].Text("name")}", cancellationToken).ConfigureAwait(false)
        ?? throw new ProviderException(WaybillErrorCode.ProviderBusy, provider, "What was made for a mover is gone already") { ObjectName = node["metadata"].Text("name"), IsTransient = true };

    private Task WaitReadyAsync(string name, MoverTask task, MoverRoute route, CancellationToken cancellationToken) => WaitAsync(
        name, task, route, async () => await route.FindReadyPodAsync(cancellationToken).ConfigureAwait(false) is not null, cancellationToken);

    private async Task WaitAsync(string name, MoverTask task, MoverRoute route, Func<Task<bool>> isDone, CancellationToken cancellationToken)
    {
        string said = "";
        bool isLate = false;
        try
        {
            await _start.UntilAsync(
                async () =>
                {
                    if (await isDone().ConfigureAwait(false))
                    {
                        return true;
                    }

                    JsonElement job = await objects.FindAsync($"{ClusterPaths.Jobs(task.Namespace)}/{name}", cancellationToken).ConfigureAwait(false) ?? throw Failed(task, "its Job was removed");
                    said = (await route.ListPodsAsync(cancellationToken).ConfigureAwait(false)).Select(PodState.Describe).LastOrDefault(text => text.Length > 0) ?? said;
                    JsonElement failed = job.Member("status").Items("conditions").FirstOrDefault(condition => condition.Text("type") == "Failed" && condition.Text("status") == "True");
                    return failed.ValueKind == JsonValueKind.Object ? throw Failed(task, said.Length > 0 ? said : $"{failed.Text("reason")} {failed.Text("message")}".Trim()) : false;
                },
                () =>
                {
                    isLate = true;
                    return Late(name, task, said);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException) when (isLate && said.Length == 0)
        {
            // A pod that was never made says nothing; what was to make it, or its volume, may have said why.
            throw Late(name, task, await MoverWarnings.FindAsync(objects, task.Namespace, [name, task.Claim], cancellationToken).ConfigureAwait(false));
        }
    }

    private ProviderException Late(string name, MoverTask task, string said) =>
        new(WaybillErrorCode.ProviderBusy, provider, $"The mover did not come to work within {options.StartLimit}{(said.Length > 0 ? $"; the cluster says: {said}" : "")}")
        {
            ObjectName = $"{task.Namespace}/{task.Claim}", IsTransient = true, Hint = $"The events of the claim, and of the pods with the label {ClusterMarks.Mover}={name}, say more while it is tried.",
        };

    private ProviderException Failed(MoverTask task, string why) =>
        new(WaybillErrorCode.ProviderFailed, provider, $"The mover failed: {why}") { ObjectName = $"{task.Namespace}/{task.Claim}" };

    /// <summary>Sees to it that a volume that was made for the mover goes with its claim, even if its class keeps volumes.</summary>
    private async Task LetGoWithClaimAsync(MoverTask task, CancellationToken cancellationToken)
    {
        JsonElement? claim = await objects.FindAsync($"{ClusterPaths.Claims(task.Namespace)}/{task.Claim}", cancellationToken).ConfigureAwait(false);
        string path = $"{ClusterPaths.Volumes}/{claim?.Member("spec").Text("volumeName")}";
        if (await objects.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } volume && volume.Member("spec").Text("persistentVolumeReclaimPolicy") != "Delete"
            && volume.Member("spec", "claimRef").Text("uid") == claim?.Member("metadata").Text("uid"))
        {
            await objects.PatchAsync(path, new JsonObject { ["spec"] = new JsonObject { ["persistentVolumeReclaimPolicy"] = "Delete" } }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a mover, and waits until its volume is free.</summary>
    private async Task EndAsync(string name, string uid, MoverTask task)
    {
        try
        {
            string path = $"{ClusterPaths.Jobs(task.Namespace)}/{name}";
            uid = uid.Length > 0 ? uid : (await objects.FindAsync(path, CancellationToken.None).ConfigureAwait(false))?.Member("metadata").Text("uid") ?? "";
            if (uid.Length > 0)
            {
                await objects.DeleteAsync(path, uid, CancellationToken.None, withDependents: true).ConfigureAwait(false);
                var route = new MoverRoute(connection, objects, options.Reach, task.Namespace, name);
                await _end.UntilAsync(
                    async () => (await route.ListPodsAsync(CancellationToken.None).ConfigureAwait(false)).Count == 0
                        && (task.NewClaim is null || await objects.FindAsync($"{ClusterPaths.Claims(task.Namespace)}/{task.Claim}", CancellationToken.None).ConfigureAwait(false) is null),
                    () => new ProviderException(WaybillErrorCode.ProviderBusy, provider, "The mover is still there"),
                    CancellationToken.None).ConfigureAwait(false);
            }

            if (task.TwinOf is not null)
            {
                await RemoveForgottenTwinsAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (WaybillException)
        {
            // The cluster removes it when it has been idle for long enough, and the next mover what the cluster does not.
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Removes second views of volumes whose claim is gone: they belong to no namespace, so that the cluster does not know with whom they go.</summary>
    private async Task RemoveForgottenTwinsAsync(CancellationToken cancellationToken)
    {
        foreach (JsonElement twin in await objects.ListAsync(ClusterPaths.WithLabel(ClusterPaths.Volumes, ClusterMarks.ManagedBy, ClusterMarks.Waybill), cancellationToken).ConfigureAwait(false))
        {
            JsonElement reference = twin.Member("spec", "claimRef");
            string mover = twin.Member("metadata", "labels").Text(ClusterMarks.Mover);
            bool isForgotten = mover.Length > 0 && twin.Member("spec").Text("persistentVolumeReclaimPolicy") == "Retain"
                && (await objects.FindAsync($"{ClusterPaths.Claims(reference.Text("namespace"))}/{reference.Text("name")}", cancellationToken).ConfigureAwait(false)) is var claim
                && claim?.Member("metadata").Text("uid") != reference.Text("uid");
            if (isForgotten)
            {
                await objects.DeleteAsync($"{ClusterPaths.Volumes}/{twin.Member("metadata").Text("name")}", twin.Member("metadata").Text("uid"), cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
