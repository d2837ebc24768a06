using System.Collections.Immutable;
using System.Threading.Channels;
using k8s;
using Waybill.Engine;
using Waybill.Kubernetes;
using Waybill.Providers;
using Waybill.Samples.Controller.Reconciling;
using Waybill.Samples.Controller.Resources;
using Waybill.Storage;

namespace Waybill.Samples.Controller;

/// <summary>
/// Does what policies, points and requests of a cluster ask for, one thing at a time. Watches only wake it: what is to be done is read anew each time, so that nothing is lost
/// with an event. One controller runs for a state directory.
/// </summary>
public sealed class BackupController : IAsyncDisposable
{
    private readonly IKubernetes _client;
    private readonly ControllerOptions _options;
    private readonly ClusterVolumeProvider _storage;
    private readonly CustomObjects<ProtectionPolicy> _policies;
    private readonly CustomObjects<RecoveryPoint> _points;
    private readonly CustomObjects<RestoreRequest> _requests;
    private readonly PolicyReconciler _policy;
    private readonly PointReconciler _point;
    private readonly RestoreReconciler _restore;
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Makes a controller.</summary>
    /// <param name="client">The cluster, for the objects of the controller; stays the caller's.</param>
    /// <param name="connection">The cluster, for applications; stays the caller's.</param>
    /// <param name="storage">The storage of the cluster; disposed with the controller.</param>
    /// <param name="options">Where points are kept.</param>
    public BackupController(IKubernetes client, ClusterConnection connection, ClusterVolumeProvider storage, ControllerOptions options)
    {
        _client = client;
        _options = options;
        _storage = storage;
        var engine = new EngineContext(new DirectoryBundleStore(options.Store), options.State)
        {
            Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(storage.Name, storage), TimeProvider = options.Time,
        };
        var events = new EventRecorder(client, options.Time);
        _policies = new CustomObjects<ProtectionPolicy>(client, ProtectionPolicy.Plural);
        _points = new CustomObjects<RecoveryPoint>(client, RecoveryPoint.Plural);
        _requests = new CustomObjects<RestoreRequest>(client, RestoreRequest.Plural);
        _policy = new PolicyReconciler(_policies, _points, options.Time);
        _point = new PointReconciler(_points, events, connection, storage, engine, options);
        _restore = new RestoreReconciler(_requests, events, connection, storage, engine, options);
    }

    /// <summary>Works until it is told to stop; what it is at by then goes on when it is started again.</summary>
    /// <param name="report">Is told of what went wrong.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(Action<Exception> report, CancellationToken cancellationToken)
    {
        Task watching = Task.WhenAll(
            WatchAsync(_policies.WaitForChangeAsync, cancellationToken), WatchAsync(_points.WaitForChangeAsync, cancellationToken), WatchAsync(_requests.WaitForChangeAsync, cancellationToken));
        while (!cancellationToken.IsCancellationRequested)
        {
            DateTime? next = null;
            try
            {
                next = await ReconcileAsync(report, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is k8s.Autorest.HttpOperationException or HttpRequestException or WaybillException or IOException)
            {
                report(error);
            }

            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            await WaitAsync(next, cancellationToken).ConfigureAwait(false);
        }

        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Looks at everything once.</summary>
    /// <returns>When something is due next; <see langword="null"/> if nothing is.</returns>
    public Task<DateTime?> ReconcileAsync(CancellationToken cancellationToken) => ReconcileAsync(_ => { }, cancellationToken);

    private async Task<DateTime?> ReconcileAsync(Action<Exception> report, CancellationToken cancellationToken)
    {
        DateTime? next = null;
        IReadOnlyList<RecoveryPoint> points = await _points.ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (ProtectionPolicy policy in await _policies.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            await GuardAsync(
                async () =>
                {
                    DateTime? due = await _policy.ReconcileAsync(policy, points, cancellationToken).ConfigureAwait(false);
                    next = due < next || next is null ? due ?? next : next;
                },
                report).ConfigureAwait(false);
        }

        foreach (RecoveryPoint point in await _points.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            await GuardAsync(() => _point.ReconcileAsync(point, cancellationToken), report).ConfigureAwait(false);
        }

        foreach (RestoreRequest request in await _requests.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            await GuardAsync(() => _restore.ReconcileAsync(request, cancellationToken), report).ConfigureAwait(false);
        }

        return next;
    }

    /// <summary>Gives back what it holds.</summary>
    public ValueTask DisposeAsync() => _storage.DisposeAsync();

    // One object that nothing can be done with keeps none of the others waiting.
    private static async Task GuardAsync(Func<Task> work, Action<Exception> report)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            report(error);
        }
    }

    // A watch ends whenever the server likes; whatever came meanwhile is found by looking again.
    private async Task WatchAsync(Func<string?, Action, CancellationToken, Task> wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await wait(null, () => _woken.Writer.TryWrite(true), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is k8s.Autorest.HttpOperationException or HttpRequestException or IOException or KubernetesException)
            {
                // The same as its end.
            }

            await Task.Delay(TimeSpan.FromSeconds(1), _options.Time, cancellationToken).ConfigureAwait(false);
            _woken.Writer.TryWrite(true);
        }
    }

    private async Task WaitAsync(DateTime? next, CancellationToken cancellationToken)
    {
        TimeSpan pause = _options.Resync;
        if (next is { } due && due - _options.Time.GetUtcNow().UtcDateTime is var until && until < pause)
        {
            pause = until > TimeSpan.Zero ? until : TimeSpan.FromMilliseconds(100);
        }

        using var late = new CancellationTokenSource(pause, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await _woken.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It is time.
        }
    }
}
