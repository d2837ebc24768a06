using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>
/// Runs a command before the snapshot and one after it. Once the first was begun the second is run in any case: on the thaw, on a failure of the first,
/// at the deadline, and by another process when this one is gone. Needs Linux, <c>sh</c>, <c>setsid</c> and <c>timeout</c>.
/// </summary>
public sealed class CommandQuiescer : IQuiescer
{
    private readonly CommandQuiescerOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<(string Id, CommandLease Lease)> _held = [];

    /// <summary>Makes a quiescer.</summary>
    /// <param name="options">What it runs.</param>
    /// <param name="time">The clock; the system's if null.</param>
    public CommandQuiescer(CommandQuiescerOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (HookCommand hook in options.Post is null ? [options.Pre] : (HookCommand[])[options.Pre, options.Post])
        {
            QuiescerArguments.Check(options.Name, !hook.Arguments.IsDefaultOrEmpty && hook.Arguments[0].Length > 0, "A command names no program.");
            QuiescerArguments.Check(options.Name, hook.Deadline > TimeSpan.Zero && hook.Deadline <= QuiescerArguments.MaxDeadline, "The deadline of a command is not usable.");
            QuiescerArguments.Check(
                options.Name, !hook.Arguments.Any(word => word.Contains('\0', StringComparison.Ordinal)), "A command holds a character no command can hold.");
        }

        QuiescerArguments.Check(options.Name, options.WorkingDirectory is null || Path.IsPathRooted(options.WorkingDirectory), "The working directory is not an absolute path.");
        _options = options;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        QuiescerArguments.Check(request);
        QuiescerArguments.RequireLinux(Name);
        Timestamp started = Timestamp.From(_time.GetUtcNow());
        ThawWatchdog watchdog = await ThawWatchdog.StartAsync(Plan(request.Deadline), _time, cancellationToken).ConfigureAwait(false);
        var lease = new CommandLease(_options, started, watchdog, _time, Forget);
        bool held = false;
        try
        {
            CommandEnd? pre = await watchdog.Pre.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (pre is { ExitCode: 0 } && !watchdog.HasFired)
            {
                lease.Hold(pre);
                lock (_lock)
                {
                    _held.Add((request.LeaseId, lease));
                }

                held = true;
                return lease;
            }

            await lease.DisposeAsync().ConfigureAwait(false);
            CapturedOutput output = await watchdog.GetPreOutputAsync().ConfigureAwait(false);
            string what = pre is null ? "was lost" : watchdog.HasFired ? "took longer than the lease" : pre.Describe();
            throw new ProviderException(
                WaybillErrorCode.QuiesceFailed, Name, $"The command before the snapshot {what}{output.ToMessagePart()}{lease.PostProblem}");
        }
        finally
        {
            if (!held)
            {
                await lease.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Breaks the lease if this object gave it; else runs the second command, whether or not it was run already.</summary>
    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(leaseId);
        QuiescerArguments.RequireLinux(Name);
        CommandLease[] leases;
        lock (_lock)
        {
            leases = [.. _held.Where(held => held.Id == leaseId).Select(held => held.Lease)];
        }

        if (leases.Length > 0)
        {
            await Task.WhenAll(leases.Select(lease => lease.BreakAsync())).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (_options.Post is { } post)
        {
            var output = new CapturedOutput();
            var command = WatchdogCommand.In(_options.WorkingDirectory, post.Arguments, post.Deadline);
            CommandEnd end = await BoundedCommand.RunAsync(Name, command, _options.Environment, output, _time, cancellationToken).ConfigureAwait(false);
            if (end.ExitCode != 0)
            {
                throw new ProviderException(WaybillErrorCode.ThawFailed, Name, $"The command after the snapshot {end.Describe()}{output.ToMessagePart()}");
            }
        }
    }

    private void Forget(CommandLease lease)
    {
        lock (_lock)
        {
            _held.RemoveAll(held => held.Lease == lease);
        }
    }

    private WatchdogPlan Plan(TimeSpan deadline)
    {
        ImmutableArray<WatchdogCommand> thaws =
            _options.Post is { } post ? [WatchdogCommand.In(_options.WorkingDirectory, post.Arguments, post.Deadline)] : [];
        return new WatchdogPlan(Name, deadline, thaws)
        {
            Pre = WatchdogCommand.In(_options.WorkingDirectory, _options.Pre.Arguments, _options.Pre.Deadline),
            Environment = _options.Environment,
        };
    }
}
