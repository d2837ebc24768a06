using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Waybill.Local;

/// <summary>
/// An independent process that thaws when the deadline passes or when this process is gone, however it ended. It is known to be ready before
/// anything is held. It is in a session of its own, so that what interrupts this process does not reach it.
/// </summary>
internal sealed class ThawWatchdog : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_outputLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly TimeSpan _thawLimit;
    private readonly MarkedOutput _output;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CommandEnd?> _pre = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<CommandEnd> _thaws = [];
    private Task _reading = Task.CompletedTask;
    private int _dismissed;

    private ThawWatchdog(Process process, WatchdogPlan plan, MarkedOutput output, TimeProvider time)
    {
        _process = process;
        _time = time;
        _output = output;
        _thawLimit = plan.Thaws.Aggregate(s_endLimit, (sum, command) => sum + command.Limit + TimeSpan.FromSeconds(3));
    }

    /// <summary>Gets whether it began to thaw by itself.</summary>
    public bool HasFired { get; private set; }

    /// <summary>Gets what became of the first command; null if the watchdog was lost before it ended.</summary>
    public Task<CommandEnd?> Pre => _pre.Task;

    /// <summary>Gets whether all thaws were run; false if the watchdog was dismissed or lost before.</summary>
    public Task<bool> End => _end.Task;

    /// <summary>Gets what became of the thaws, once <see cref="End"/> is over.</summary>
    public ImmutableArray<CommandEnd> Thaws
    {
        get
        {
            lock (_thaws)
            {
                return [.. _thaws];
            }
        }
    }

    /// <summary>Starts a watchdog and waits until it is ready. The first command of the plan has then been begun.</summary>
    /// <exception cref="ProviderException">It cannot be started.</exception>
    public static async ValueTask<ThawWatchdog> StartAsync(WatchdogPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string mark = Guid.NewGuid().ToString("N");
        Process process = Start(plan, mark);
        var watchdog = new ThawWatchdog(process, plan, new MarkedOutput(mark), time);
        watchdog._reading = Task.WhenAll(watchdog.ReadControlAsync(), watchdog.ReadOutputAsync());
        bool ready = false;
        try
        {
            ready = await watchdog._ready.Task.WaitAsync(s_startLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Said below.
        }
        finally
        {
            if (!ready)
            {
                // The end of its input makes it undo what it may have begun.
                await watchdog.DisposeAsync().ConfigureAwait(false);
            }
        }

        if (ready)
        {
            return watchdog;
        }

        CapturedOutput output = await watchdog.GetPreOutputAsync().ConfigureAwait(false);
        throw new ProviderException(WaybillErrorCode.QuiesceFailed, plan.Owner, $"The watchdog that would thaw did not start{output.ToMessagePart()}")
        {
            Hint = "it needs sh, setsid, timeout and head on the path",
        };
    }

    /// <summary>Gets what the first command printed.</summary>
    public ValueTask<CapturedOutput> GetPreOutputAsync() => GetOutputAsync(0);

    /// <summary>Gets what a thaw printed, in a plan with a first command.</summary>
    public ValueTask<CapturedOutput> GetThawOutputAsync(int index) => GetOutputAsync(index + 1);

    /// <summary>Ends it: there is nothing left to thaw.</summary>
    public ValueTask DismissAsync() => FinishAsync("done", s_endLimit);

    /// <summary>Makes it thaw now, unless it does already, and waits until it has or can be seen not to.</summary>
    public ValueTask ThawAsync() => FinishAsync("thaw", _thawLimit);

    /// <summary>Lets it go: if it was not told anything, it thaws.</summary>
    public ValueTask DisposeAsync() => FinishAsync("", _thawLimit);

    private static Process Start(WatchdogPlan plan, string mark)
    {
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Encoding.ASCII,
            StandardOutputEncoding = Encoding.ASCII,
            // A frozen or unmounted directory must not be in its way, nor it in a directory's.
            WorkingDirectory = "/",
        };
        IEnumerable<string> words = plan.Thaws.SelectMany(command => command.ToWords());
        string[] pre = plan.Pre is null ? ["0", "0"] : [.. plan.Pre.ToWords()];
        foreach (string word in (string[])
            ["sh", "-c", ThawWatchdogScript.Text, "waybill-thaw", mark, WatchdogCommand.Seconds(plan.Deadline), plan.ThawAgain ? "1" : "0", .. pre, .. words])
        {
            start.ArgumentList.Add(word);
        }

        foreach ((string name, string value) in plan.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            throw new ProviderException(WaybillErrorCode.QuiesceFailed, plan.Owner, $"The watchdog that would thaw cannot be started: {e.Message}", e);
        }
    }

    // That a command ended comes on one pipe, what it printed on another: on a busy machine the second is read later.
    private async ValueTask<CapturedOutput> GetOutputAsync(int index)
    {
        try
        {
            await _output.WaitForEndAsync(index).WaitAsync(s_outputLimit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Without its mark what there is must do.
        }

        return _output.Part(index);
    }

    private async ValueTask FinishAsync(string word, TimeSpan limit)
    {
        if (Interlocked.Exchange(ref _dismissed, 1) == 0)
        {
            try
            {
                await _process.StandardInput.WriteAsync(word).ConfigureAwait(false);
                await _process.StandardInput.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It is gone already; End says whether it did its work.
            }
        }

        try
        {
            await End.WaitAsync(limit, _time).ConfigureAwait(false);
            await _reading.WaitAsync(TimeSpan.FromSeconds(1), _time).ConfigureAwait(false);
            _process.Dispose();
        }
        catch (TimeoutException)
        {
            // What a command left running may hold the pipes open; the process goes by itself.
        }
    }

    private async Task ReadControlAsync()
    {
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                Take(line);
            }
        }
        catch (IOException)
        {
            // As if it had ended.
        }
        finally
        {
            _ready.TrySetResult(false);
            _pre.TrySetResult(null);
            _end.TrySetResult(false);
        }
    }

    private async Task ReadOutputAsync()
    {
        try
        {
            await _output.ReadAsync(_process.StandardError.BaseStream, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Output only explains; it decides nothing.
        }
    }

    private void Take(string line)
    {
        string[] words = line.Split(' ');
        CommandEnd? ended = words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? new CommandEnd(code, Timestamp.From(_time.GetUtcNow()))
            : null;
        switch (words[0])
        {
            case "ready":
                _ready.TrySetResult(true);
                break;
            case "fired":
                HasFired = true;
                break;
            case "pre":
                _pre.TrySetResult(ended);
                break;
            case "thaw" when ended is not null:
                lock (_thaws)
                {
                    _thaws.Add(ended);
                }

                break;
            case "end":
                _end.TrySetResult(true);
                break;
        }
    }
}
