using System.Collections.Immutable;
using System.Text.Json;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>
/// Runs commands in the containers of an application before the snapshots and after them. In each container a process waits beside them that runs the second
/// command by itself when the deadline passes or this process ends; for that the container needs a shell.
/// </summary>
public sealed class PodQuiescer : IQuiescer
{
    private static readonly TimeSpan s_maxDeadline = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_releaseLimit = TimeSpan.FromMinutes(2);

    private readonly ApiClient _client;
    private readonly ClusterObjects _objects;
    private readonly TimeProvider _time;
    private readonly ImmutableArray<PodHook> _hooks;
    private readonly Lock _lock = new();
    private readonly List<PodLease> _held = [];

    /// <summary>Makes a quiescer.</summary>
    /// <param name="connection">The cluster; stays the caller's.</param>
    /// <param name="hooks">What is run. None are needed to release leases of a process that is gone.</param>
    public PodQuiescer(ClusterConnection connection, ImmutableArray<PodHook> hooks)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _client = connection.Client;
        _objects = new ClusterObjects(connection);
        _time = connection.Options.TimeProvider;
        _hooks = hooks.IsDefault ? [] : hooks;
    }

    /// <summary>Gets the name of every one of them.</summary>
    public static string DefaultName => "pod-hooks";

    /// <inheritdoc/>
    public string Name => DefaultName;

    /// <summary>Gets what a snapshot is worth that is taken while all hooks hold.</summary>
    /// <value>The default is <see cref="ConsistencyLevel.Application"/>, which is right if the commands stop all that is snapshotted from changing.</value>
    public ConsistencyLevel Level { get; init; } = ConsistencyLevel.Application;

    /// <summary>Makes the quiescer that an application asks for by the annotations of its pods.</summary>
    /// <param name="connection">The cluster; stays the caller's.</param>
    /// <param name="application">The application.</param>
    /// <returns>The quiescer; <see langword="null"/> if it asks for none. It promises no more than hooks can that do not reach every volume.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>: an annotation cannot be read.</exception>
    public static PodQuiescer? For(ClusterConnection connection, CapturedApplication application)
    {
        ArgumentNullException.ThrowIfNull(application);
        ImmutableArray<PodHook> hooks = PodHook.ReadFrom(application);
        HashSet<string> reached = [.. hooks.Where(hook => !hook.Pre.IsEmpty).SelectMany(hook => hook.Claims)];
        bool reachesAll = application.Volumes.All(volume => reached.Contains(volume.Facts.Claim));
        return hooks.IsEmpty ? null : new PodQuiescer(connection, hooks) { Level = reachesAll ? ConsistencyLevel.Application : ConsistencyLevel.Crash };
    }

    /// <inheritdoc/>
    public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(request.LeaseId);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(request.Deadline, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Deadline, s_maxDeadline);
        cancellationToken.ThrowIfCancellationRequested();
        if (_hooks.IsEmpty)
        {
            throw new ProviderException(WaybillErrorCode.QuiesceFailed, Name, "There are no hooks");
        }

        var mark = new QuiesceLeaseMark(request.LeaseId);
        Task<PodGuard>[] starts = [.. _hooks.Select(hook => PodGuard.StartAsync(_client, hook, mark, request.Deadline, _time))];
        var lease = new PodLease(this, request.LeaseId, _time);
        bool held = false;
        try
        {
            (PodGuard, PodCommandEnd)[] ready = await Task.WhenAll(starts.Select(start => PrepareAsync(start, cancellationToken))).ConfigureAwait(false);
            lease.Hold([.. ready], ready.All(one => one.Item2.ExitCode == 0) ? Level : ConsistencyLevel.Crash);
            lock (_lock)
            {
                _held.Add(lease);
            }

            held = true;
            return lease;
        }
        finally
        {
            if (!held)
            {
                await LetGoAsync(starts).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Breaks the lease if this object gave it; else makes what a process that is gone left in the pods let go, and waits until it has.</summary>
    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(leaseId);
        PodLease[] leases;
        lock (_lock)
        {
            leases = [.. _held.Where(held => held.Id == leaseId)];
        }

        if (leases.Length > 0)
        {
            await Task.WhenAll(leases.Select(lease => lease.BreakAsync())).WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // One pod that cannot be reached keeps none of the others held.
        var problems = new List<ProviderException>();
        foreach (PodHook hook in _hooks.IsEmpty ? await FindAllAsync(cancellationToken).ConfigureAwait(false) : _hooks)
        {
            try
            {
                await ReleaseAsync(hook, leaseId, cancellationToken).ConfigureAwait(false);
            }
            catch (ProviderException error)
            {
                problems.Add(error);
            }
        }

        if (problems.Count > 0)
        {
            throw new ProviderException(WaybillErrorCode.ThawFailed, Name, string.Join("; ", problems.Select(problem => problem.Message)), problems[0]);
        }
    }

    /// <summary>Makes a guard let go to which the way is broken.</summary>
    /// <returns>Why that is not certain; null if it is.</returns>
    internal async Task<ProviderException?> TryReleaseAsync(PodHook hook, string leaseId)
    {
        try
        {
            await ReleaseAsync(hook, leaseId, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (ProviderException error)
        {
            return error;
        }
    }

    internal void Forget(PodLease lease)
    {
        lock (_lock)
        {
            _held.Remove(lease);
        }
    }

    private async Task<(PodGuard Guard, PodCommandEnd Pre)> PrepareAsync(Task<PodGuard> start, CancellationToken cancellationToken)
    {
        PodGuard guard;
        try
        {
            guard = await start.ConfigureAwait(false);
        }
        catch (ProviderException error)
        {
            throw Failed($"A hook cannot be run: {error.Message}", error);
        }

        PodCommandEnd? pre = await guard.WaitPreAsync(cancellationToken).ConfigureAwait(false);
        return pre is null ? throw Failed($"The hook in {guard.Hook.Place} cannot be run: {await guard.GetProblemAsync().ConfigureAwait(false)}", null)
            : pre.ExitCode != 0 && !guard.Hook.PreMayFail ? throw Failed($"The command before the snapshot in {guard.Hook.Place} {pre.Describe()}{guard.Printed}", null)
            : guard.IsOver ? throw Failed($"The command before the snapshot in {guard.Hook.Place} took longer than the lease", null)
            : (guard, pre);
    }

    private ProviderException Failed(string message, Exception? inner) => new(WaybillErrorCode.QuiesceFailed, Name, message, inner)
    {
        Hint = "The container needs /bin/sh, and the caller the right to get and create pods/exec. --no-hooks leaves hooks out.",
    };

    private static async Task LetGoAsync(Task<PodGuard>[] starts)
    {
        await Task.WhenAll(starts.Select(async start =>
        {
            await ((Task)start).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (start.IsCompletedSuccessfully)
            {
                PodGuard guard = await start.ConfigureAwait(false);
                await guard.ThawAsync().ConfigureAwait(false);
                await guard.DisposeAsync().ConfigureAwait(false);
            }
        })).ConfigureAwait(false);
    }

    private async Task<ImmutableArray<PodHook>> FindAllAsync(CancellationToken cancellationToken)
    {
        var hooks = ImmutableArray.CreateBuilder<PodHook>();
        foreach (JsonElement pod in await _objects.ListAsync(ClusterPaths.Pods(""), cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (HookAnnotations.Read(pod) is { } hook)
                {
                    hooks.Add(hook);
                }
            }
            catch (WaybillException)
            {
                // Nothing was ever run by an annotation that cannot be read.
            }
        }

        return hooks.ToImmutable();
    }

    private async Task ReleaseAsync(PodHook hook, string leaseId, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(s_releaseLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            PodProcess process = await PodProcess.StartAsync(_client, hook, new QuiesceLeaseMark(leaseId).ReleaseCommand, either.Token).ConfigureAwait(false);
            await using (process.ConfigureAwait(false))
            {
                (int? code, string problem) = await process.WaitAsync(either.Token).ConfigureAwait(false);
                if (code != 0)
                {
                    throw new ProviderException(WaybillErrorCode.ThawFailed, Name, $"Nothing can be released in {hook.Place}: {(code is null ? problem : $"the shell ended with {code}")}");
                }
            }
        }
        catch (ProviderException error) when (error.Code == WaybillErrorCode.ObjectNotFound)
        {
            // With the pod went whatever was held in it.
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProviderException(WaybillErrorCode.ThawFailed, Name, $"Nothing was released in {hook.Place} for {s_releaseLimit.TotalMinutes} minutes", error);
        }
    }
}
