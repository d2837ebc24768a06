using System.Globalization;
using System.Net.WebSockets;

namespace Waybill.Kubernetes;

/// <summary>How a command in a pod ended.</summary>
internal sealed record PodCommandEnd(int ExitCode, Timestamp Started, Timestamp Ended)
{
    public string Describe() => ExitCode == 137 ? "took too long, or was killed" : string.Create(CultureInfo.InvariantCulture, $"ended with {ExitCode}");
}

/// <summary>A process in a container that runs a hook's commands: the first at once, the second when it is told to, or when nobody is there any more to tell it.</summary>
internal sealed class PodGuard : IAsyncDisposable
{
    // What a cluster may take to start or end a program, beside what the program takes.
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(30);

    private readonly PodProcess _process;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<PodCommandEnd?> _pre = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<PodCommandEnd?> _post = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Timestamp _begun;
    private readonly Task _reading;
    private Timestamp _thawed;
    private volatile bool _hasFired;

    private PodGuard(PodHook hook, PodProcess process, TimeProvider time)
    {
        Hook = hook;
        _process = process;
        _time = time;
        _begun = Now;
        _reading = ReadAsync();
    }

    public PodHook Hook { get; }

    /// <summary>Gets whether it let go by itself.</summary>
    public bool HasFired => _hasFired;

    /// <summary>Gets whether it let go by itself, or is no longer there.</summary>
    public bool IsOver => _hasFired || _reading.IsCompleted;

    /// <summary>Gets what its commands printed to standard error, as the end of a message; empty if nothing.</summary>
    public string Printed => _process.ErrorText.Trim() is { Length: > 0 } text ? $": {text}" : "";

    private Timestamp Now => Timestamp.From(_time.GetUtcNow());

    /// <summary>Starts it and, with it, the first command.</summary>
    public static async Task<PodGuard> StartAsync(ApiClient client, PodHook hook, QuiesceLeaseMark mark, TimeSpan deadline, TimeProvider time)
    {
        string[] command =
        [
            "/bin/sh", "-c", PodGuardScript.Guard, mark.Text, Seconds(deadline),
            Seconds(hook.PreLimit < deadline ? hook.PreLimit : deadline), Count(hook.Pre.Length), .. hook.Pre,
            Seconds(hook.PostLimit), Count(hook.Post.Length), .. hook.Post,
        ];

        // Whoever gives up meanwhile must know what was begun, to end it.
        return new PodGuard(hook, await PodProcess.StartAsync(client, hook, command, CancellationToken.None).ConfigureAwait(false), time);
    }

    /// <summary>Waits for the end of the first command.</summary>
    /// <returns>How it ended; null if that will never be known.</returns>
    public async Task<PodCommandEnd?> WaitPreAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _pre.Task.WaitAsync(Hook.PreLimit + s_slack, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Has the second command run, unless that is being done already.</summary>
    /// <returns>How it ended; null if that will never be known.</returns>
    public async Task<PodCommandEnd?> ThawAsync()
    {
        _thawed = Now;
        try
        {
            using var late = new CancellationTokenSource(s_slack, _time);
            await _process.WriteLineAsync("thaw", late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The way is broken. The guard knows it too, or will at its deadline.
        }

        // The first command may still be on its way.
        try
        {
            return await _post.Task.WaitAsync(Hook.PreLimit + Hook.PostLimit + s_slack, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Says why it ended without having run a command.</summary>
    public async Task<string> GetProblemAsync()
    {
        using var late = new CancellationTokenSource(s_slack, _time);
        try
        {
            (int? code, string problem) = await _process.WaitAsync(late.Token).ConfigureAwait(false);
            return problem.Length > 0 ? problem : $"the shell ended with {code}{Printed}";
        }
        catch (OperationCanceledException)
        {
            return "nothing comes from it";
        }
    }

    /// <summary>Closes the way to it. A guard that still holds something lets go by that.</summary>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
    }

    private static string Seconds(TimeSpan span) => Count((int)Math.Ceiling(span.TotalSeconds));

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private async Task ReadAsync()
    {
        await foreach (string line in _process.Lines.ReadAllAsync().ConfigureAwait(false))
        {
            string[] words = line.Split(' ');
            int code = words.Length > 1 && int.TryParse(words[1], CultureInfo.InvariantCulture, out int given) ? given : -1;
            switch (words[0])
            {
                case "ready" when Hook.Pre.IsEmpty:
                    _pre.TrySetResult(new PodCommandEnd(0, _begun, Now));
                    break;
                case "pre":
                    _pre.TrySetResult(new PodCommandEnd(code, _begun, Now));
                    break;
                case "fired":
                    _hasFired = true;
                    break;
                case "post":
                    _post.TrySetResult(new PodCommandEnd(code, _hasFired ? _begun : _thawed, Now));
                    break;
            }
        }

        _pre.TrySetResult(null);

        // Without a second command the clean end of the guard is what lets the application go on.
        (int? end, _) = await _process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _post.TrySetResult(Hook.Post.IsEmpty && end == 0 ? new PodCommandEnd(0, _thawed, Now) : null);
    }
}
