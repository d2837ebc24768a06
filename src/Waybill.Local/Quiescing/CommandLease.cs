using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>An application that a command has prepared.</summary>
/// <param name="options">What is run.</param>
/// <param name="started">When the first command was begun.</param>
/// <param name="watchdog">What runs both commands.</param>
/// <param name="time">The clock.</param>
/// <param name="ended">Is called once, when nothing is held any more or no more can be done about it.</param>
internal sealed class CommandLease(
    CommandQuiescerOptions options, Timestamp started, ThawWatchdog watchdog, TimeProvider time, Action<CommandLease> ended) : QuiesceLease
{
    private readonly Lock _lock = new();
    private bool _broken;
    private HookResult? _pre;
    private Timestamp _heldSince;
    private Task<QuiesceOutcome>? _thaw;

    /// <inheritdoc/>
    public override ConsistencyLevel Level => options.Level;

    /// <inheritdoc/>
    public override Timestamp HeldSince => _heldSince;

    /// <summary>Gets what went wrong after the thaw began, as the end of a message; empty if nothing did.</summary>
    public string PostProblem { get; private set; } = "";

    /// <summary>Begins the lease.</summary>
    public void Hold(CommandEnd pre)
    {
        _pre = new HookResult($"{options.Name}: pre", pre.ExitCode) { Started = started, Finished = pre.At };
        _heldSince = pre.At;
    }

    /// <inheritdoc/>
    public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default) => await ThawOnceAsync(isBreak: false).ConfigureAwait(false);

    /// <summary>Ends the lease behind the back of whoever holds it, unless it ends already.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ThawFailed"/>.</exception>
    public Task BreakAsync() => ThawOnceAsync(isBreak: true);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await ThawAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (ProviderException)
        {
            // All that can be done was done: the command was run and failed.
        }
    }

    private Task<QuiesceOutcome> ThawOnceAsync(bool isBreak)
    {
        lock (_lock)
        {
            _broken |= isBreak && _thaw is null;
            return _thaw ??= Task.Run(EndAsync, CancellationToken.None);
        }
    }

    private async Task<QuiesceOutcome> EndAsync()
    {
        try
        {
            return await RunPostAsync().ConfigureAwait(false);
        }
        finally
        {
            ended(this);
        }
    }

    private async Task<QuiesceOutcome> RunPostAsync()
    {
        Timestamp until = Timestamp.From(time.GetUtcNow());
        bool broken = _broken || watchdog.HasFired || watchdog.End.IsCompleted;

        // The watchdog runs the command, never this process: so it is run if this process is killed at this very moment, and it is not run twice.
        await watchdog.ThawAsync().ConfigureAwait(false);
        broken |= watchdog.HasFired;
        Timestamp postStarted = until;
        CommandEnd? post = null;
        CapturedOutput? output = null;
        if (options.Post is { } hook)
        {
            post = watchdog.Thaws.FirstOrDefault();
            if (post is null)
            {
                // Somebody killed the watchdog.
                broken = true;
                postStarted = Timestamp.From(time.GetUtcNow());
                output = new CapturedOutput();
                var command = WatchdogCommand.In(options.WorkingDirectory, hook.Arguments, hook.Deadline);
                post = await BoundedCommand.RunAsync(options.Name, command, options.Environment, output, time, CancellationToken.None).ConfigureAwait(false);
            }
        }

        if (post is { ExitCode: not 0 })
        {
            output ??= await watchdog.GetThawOutputAsync(0).ConfigureAwait(false);
            PostProblem = $"; the command after the snapshot {post.Describe()}{output.ToMessagePart()}";
            throw new ProviderException(WaybillErrorCode.ThawFailed, options.Name, $"The command after the snapshot {post.Describe()}{output.ToMessagePart()}");
        }

        ImmutableArray<HookResult> hooks = _pre is null ? [] : [_pre];
        return new QuiesceOutcome(HeldSince, broken ? HeldSince : until, broken)
        {
            Hooks = post is null ? hooks : hooks.Add(new HookResult($"{options.Name}: post", 0) { Started = broken ? null : postStarted, Finished = post.At }),
        };
    }
}
