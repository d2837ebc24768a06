using System.Collections.Immutable;
using System.ComponentModel;

namespace Waybill.Local;

/// <summary>File systems that are frozen together, with a watchdog behind them.</summary>
internal sealed class FileSystemFreeze : IAsyncDisposable
{
    private static readonly TimeSpan s_thawCommandLimit = TimeSpan.FromSeconds(30);

    private readonly string _owner;
    private readonly ImmutableArray<FreezableMount> _mounts;
    private readonly ThawWatchdog _watchdog;
    private readonly TimeProvider _time;
    private readonly List<FreezableMount> _frozen = [];
    private readonly Lock _lock = new();
    private Task<FreezeEnd>? _thaw;

    private FileSystemFreeze(string owner, ImmutableArray<FreezableMount> mounts, ThawWatchdog watchdog, TimeProvider time)
    {
        _owner = owner;
        _mounts = mounts;
        _watchdog = watchdog;
        _time = time;
    }

    /// <summary>Gets from when on all were frozen.</summary>
    public Timestamp HeldSince { get; private set; }

    /// <summary>Freezes file systems in the order given, each once however often it is mounted.</summary>
    /// <param name="owner">The quiescer or provider, for messages.</param>
    /// <param name="mountPoints">Where they are mounted.</param>
    /// <param name="deadline">After this time from the call on they are thawed, by another process.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the call early; nothing is then frozen.</param>
    /// <returns>The freeze; the caller thaws and disposes it.</returns>
    /// <exception cref="ProviderException">Not all could be frozen; none is then.</exception>
    public static async ValueTask<FileSystemFreeze> HoldAsync(
        string owner, IReadOnlyList<string> mountPoints, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        ImmutableArray<FreezableMount> mounts = Open(owner, mountPoints);
        ThawWatchdog? watchdog = null;
        try
        {
            // The last frozen is the first thawed. The search path of a service often lacks the directory of fsfreeze.
            var plan = new WatchdogPlan(
                owner,
                deadline - time.GetElapsedTime(start),
                [.. mounts.Reverse().Select(mount => new WatchdogCommand([FsFreeze(), "-u", mount.Path], s_thawCommandLimit))]) { ThawAgain = true };
            watchdog = await ThawWatchdog.StartAsync(plan, time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (watchdog is null)
            {
                Close(mounts);
            }
        }

        var freeze = new FileSystemFreeze(owner, mounts, watchdog, time);
        try
        {
            // Blocks for as long as there is something to write, and no signal ends it: it has a thread of its own.
            await Task.Factory.StartNew(
                () => freeze.FreezeAll(start, deadline, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
        catch
        {
            await freeze.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        freeze.WatchTheWatchdog();
        return freeze;
    }

    /// <summary>Thaws what is mounted there, if it is frozen.</summary>
    /// <exception cref="ProviderException">Something is mounted there and could not be thawed.</exception>
    public static void Release(string owner, IReadOnlyList<string> mountPoints)
    {
        List<string> problems = [];
        foreach (string path in mountPoints.Reverse())
        {
            // What is not mounted is not frozen.
            using FreezableMount? mount = FreezableMount.TryOpen(path, out _);
            int error = mount is null ? 0 : QuiesceLibc.Thaw(mount.Handle);
            if (error is not (0 or QuiesceLibc.InvalidArgument or QuiesceLibc.NotSupported or QuiesceLibc.NotATerminal))
            {
                problems.Add($"{path}: {new Win32Exception(error).Message}");
            }
        }

        ThrowIfAny(owner, problems);
    }

    /// <summary>Thaws. Calling it again returns the same.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ThawFailed"/>: something is still frozen, until the deadline.</exception>
    public Task<FreezeEnd> ThawAsync()
    {
        lock (_lock)
        {
            return _thaw ??= Task.Run(ThawAllAsync);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await ThawAsync().ConfigureAwait(false);
        }
        catch (ProviderException)
        {
            // The watchdog was let go in ThawAsync and did what can be done.
        }
    }

    private static ImmutableArray<FreezableMount> Open(string owner, IReadOnlyList<string> mountPoints)
    {
        var mounts = ImmutableArray.CreateBuilder<FreezableMount>();
        bool done = false;
        try
        {
            foreach (string path in mountPoints)
            {
                FreezableMount mount = FreezableMount.TryOpen(path, out string problem) ?? throw Failed(owner, path, $"{path} {problem}");
                if (mounts.Any(other => other.Device == mount.Device))
                {
                    mount.Dispose();
                    continue;
                }

                mounts.Add(mount);
                if (mount.IsRoot)
                {
                    throw Failed(owner, path, $"{path} is the root file system: frozen, nothing could be relied on to thaw it");
                }
            }

            done = true;
            return mounts.ToImmutable();
        }
        finally
        {
            if (!done)
            {
                Close(mounts);
            }
        }
    }

    private static void Close(IEnumerable<FreezableMount> mounts)
    {
        foreach (FreezableMount mount in mounts)
        {
            mount.Dispose();
        }
    }

    private static string FsFreeze()
    {
        string? path = ((string[])["/usr/sbin/fsfreeze", "/sbin/fsfreeze", "/usr/bin/fsfreeze"]).FirstOrDefault(File.Exists);
        return path ?? "fsfreeze";
    }

    private static ProviderException Failed(string owner, string path, string message, int error = 0) =>
        new(WaybillErrorCode.QuiesceFailed, owner, message)
        {
            ObjectName = path,
            IsTransient = error == QuiesceLibc.Busy,
            VendorCode = error == 0 ? null : $"errno {error}",
        };

    private static void ThrowIfAny(string owner, List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new ProviderException(WaybillErrorCode.ThawFailed, owner, $"Not thawed: {string.Join("; ", problems)}")
            {
                Hint = "as root: fsfreeze -u MOUNTPOINT",
            };
        }
    }

    private void FreezeAll(long start, TimeSpan deadline, CancellationToken cancellationToken)
    {
        foreach (FreezableMount mount in _mounts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int error = QuiesceLibc.Freeze(mount.Handle);
            if (error != 0)
            {
                throw Failed(_owner, mount.Path, $"{mount.Path} {Explain(error)}", error);
            }

            _frozen.Add(mount);
        }

        HeldSince = Timestamp.From(_time.GetUtcNow());
        cancellationToken.ThrowIfCancellationRequested();

        // A watchdog whose time came while the last freeze was on its way has found nothing to thaw.
        if (_watchdog.HasFired || _watchdog.End.IsCompleted || _time.GetElapsedTime(start) >= deadline)
        {
            throw Failed(_owner, _mounts[^1].Path, "Freezing took longer than the deadline");
        }
    }

    private static string Explain(int error) => error switch
    {
        QuiesceLibc.Busy => "is frozen already, by somebody else",
        QuiesceLibc.PermissionDenied => "cannot be frozen: that needs the capability CAP_SYS_ADMIN",
        QuiesceLibc.NotSupported or QuiesceLibc.NotATerminal => "cannot be frozen: its file system does not support it",
        _ => $"cannot be frozen: {new Win32Exception(error).Message}",
    };

    private void WatchTheWatchdog() => _ = WatchAsync();

    /// <summary>Ends the freeze with its watchdog: without one it must not go on.</summary>
    private async Task WatchAsync()
    {
        await _watchdog.End.ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    private async Task<FreezeEnd> ThawAllAsync()
    {
        Timestamp until = Timestamp.From(_time.GetUtcNow());
        bool lost = _watchdog.End.IsCompleted;
        List<FreezableMount> left = ThawOnce(out bool broken);
        if (left.Count > 0)
        {
            // Not told that all is well, the watchdog thaws at once, with a program of its own.
            await _watchdog.DisposeAsync().ConfigureAwait(false);
            left = ThawOnce(out _);
        }

        await _watchdog.DismissAsync().ConfigureAwait(false);
        Close(_mounts);
        ThrowIfAny(_owner, [.. left.Select(mount => mount.Path)]);
        return broken || lost ? new FreezeEnd(HeldSince, Broken: true) : new FreezeEnd(until, Broken: false);
    }

    private List<FreezableMount> ThawOnce(out bool broken)
    {
        broken = false;
        List<FreezableMount> left = [];
        foreach (FreezableMount mount in _frozen.AsEnumerable().Reverse())
        {
            int error = QuiesceLibc.Thaw(mount.Handle);
            broken |= error == QuiesceLibc.InvalidArgument;
            if (error is not (0 or QuiesceLibc.InvalidArgument))
            {
                left.Add(mount);
            }
        }

        return left;
    }
}
