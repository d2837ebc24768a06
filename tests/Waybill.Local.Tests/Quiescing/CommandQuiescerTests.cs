using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Local.Tests.Quiescing;

public sealed class CommandQuiescerTests : IDisposable
{
    private static readonly QuiesceRequest s_request = new("lease", TimeSpan.FromMinutes(5));
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("waybill-hooks-");

    private string Log => Path.Combine(_directory.FullName, "log");

    private string Pipe => Path.Combine(_directory.FullName, "pipe");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task Quiesce_ThenThaw_RunsBothAndRecordsThem()
    {
        QuiesceMachine.RequireLinux();
        await using QuiesceLease lease = await Of("echo pre >> log", "echo post >> log").QuiesceAsync(s_request);
        Assert.Equal("pre\n", await File.ReadAllTextAsync(Log));

        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.Equal("pre\npost\n", await File.ReadAllTextAsync(Log));
        Assert.Equal(ConsistencyLevel.Application, lease.Level);
        Assert.False(outcome.Broken);
        Assert.Equal(["command: pre", "command: post"], outcome.Hooks.Select(hook => hook.Name));
        Assert.All(outcome.Hooks, hook => Assert.True(hook is { ExitCode: 0 } && hook.Started <= hook.Finished));
        await lease.ThawAsync();
        Assert.Equal("pre\npost\n", await File.ReadAllTextAsync(Log));
    }

    [SkippableFact]
    public async Task Arguments_WithEverythingAShellKnows_ArriveAsTheyAre()
    {
        QuiesceMachine.RequireLinux();
        string[] words = ["a  b", "$(touch x)", "`id`", "'\"\\", "", "*", "-n", "line\nline", "ä€😀", "${1}"];
        var options = new CommandQuiescerOptions
        {
            Pre = new HookCommand(["sh", "-c", "printf '%s|' \"$@\" \"$EXTRA\" > log", "sh", .. words], s_long),
            Environment = ImmutableDictionary<string, string>.Empty.Add("EXTRA", "from 'outside'"),
            WorkingDirectory = _directory.FullName,
        };

        await using QuiesceLease lease = await new CommandQuiescer(options).QuiesceAsync(s_request);

        Assert.Equal(string.Join('|', [.. words, "from 'outside'", ""]), await File.ReadAllTextAsync(Log));
    }

    [SkippableFact]
    public async Task Quiesce_WhosePreFails_RunsPostAndSaysWhatItPrinted()
    {
        QuiesceMachine.RequireLinux();

        var error = await Assert.ThrowsAsync<ProviderException>(
            async () => await Of("printf 'no\\033[2J\\r\\nway' >&2; exit 3", "echo post >> log").QuiesceAsync(s_request));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.Equal("The command before the snapshot ended with 3: no\\u001b[2J\\u000d\\nway", error.Message);
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
    }

    [SkippableFact]
    public async Task Quiesce_OfAProgramThatIsNotThere_SaysSo()
    {
        QuiesceMachine.RequireLinux();
        var options = new CommandQuiescerOptions { Pre = new HookCommand(["/nowhere/prog"], s_long) };

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await new CommandQuiescer(options).QuiesceAsync(s_request));

        Assert.Contains("ended with 127", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/prog", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Quiesce_WhosePreHangs_KillsItWithItsChildrenAndRunsPost()
    {
        QuiesceMachine.RequireLinux();
        string mark = Guid.NewGuid().ToString("N");
        string hang = $"trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done' {mark} & wait";

        var error = await Assert.ThrowsAsync<ProviderException>(
            async () => await Of(hang, "echo post >> log", preLimit: TimeSpan.FromSeconds(1)).QuiesceAsync(s_request));

        Assert.Contains("did not end in time and was killed", error.Message, StringComparison.Ordinal);
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
        await QuiesceMachine.UntilAsync(() => Task.FromResult(QuiesceMachine.ProcessesWith(mark).Length == 0), "the children were killed");
    }

    [SkippableFact]
    public async Task Quiesce_Cancelled_KillsPreAndRunsPost()
    {
        QuiesceMachine.RequireLinux();
        await QuiesceMachine.RunAsync("mkfifo", Pipe);
        string mark = Guid.NewGuid().ToString("N");
        using var cancel = new CancellationTokenSource();
        Task quiesce = Of($"echo begun > pipe; sh -c 'sleep 1000; :' {mark}; echo pre >> log", "echo post >> log").QuiesceAsync(s_request, cancel.Token).AsTask();
        Assert.Equal("begun\n", await File.ReadAllTextAsync(Pipe));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => quiesce);
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
        await QuiesceMachine.UntilAsync(() => Task.FromResult(QuiesceMachine.ProcessesWith(mark).Length == 0), "the command was killed");
    }

    [SkippableFact]
    public async Task Quiesce_WithMuchOutput_KeepsTheEndOfIt()
    {
        QuiesceMachine.RequireLinux();

        var error = await Assert.ThrowsAsync<ProviderException>(
            async () => await Of("head -c 20000000 /dev/zero | tr '\\0' x; echo the end; exit 1", "true").QuiesceAsync(s_request));

        Assert.EndsWith("xxxthe end", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1000, 3000);
    }

    [SkippableFact]
    public async Task Thaw_WhosePostFails_SaysWhatItPrinted()
    {
        QuiesceMachine.RequireLinux();
        await using QuiesceLease lease = await Of("echo not this", "echo this; exit 9").QuiesceAsync(s_request);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await lease.ThawAsync());

        Assert.Equal(WaybillErrorCode.ThawFailed, error.Code);
        Assert.Equal("The command after the snapshot ended with 9: this", error.Message);
    }

    [SkippableFact]
    public async Task Thaw_WhosePostHangs_KillsIt()
    {
        QuiesceMachine.RequireLinux();
        await using QuiesceLease lease = await Of("true", "sleep 1000", postLimit: TimeSpan.FromSeconds(1)).QuiesceAsync(s_request);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await lease.ThawAsync());

        Assert.Contains("was killed", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Thaw_WhosePostLeavesSomethingRunning_DoesNotWaitForIt()
    {
        QuiesceMachine.RequireLinux();
        await using QuiesceLease lease = await Of("true", "(while [ ! -e stop ]; do sleep 0.1; done; echo ended) & echo post >> log").QuiesceAsync(s_request);

        QuiesceOutcome outcome = await lease.ThawAsync();

        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, "stop"), "");
        Assert.False(outcome.Broken);
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
    }

    [SkippableFact]
    public async Task Deadline_Passed_RunsPostOnceAndBreaksTheLease()
    {
        QuiesceMachine.RequireLinux();
        await QuiesceMachine.RunAsync("mkfifo", Pipe);
        await using QuiesceLease lease = await Of("true", "echo post >> log; echo over > pipe").QuiesceAsync(s_request with { Deadline = TimeSpan.FromSeconds(4) });
        Assert.Equal("over\n", await File.ReadAllTextAsync(Pipe));

        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.True(outcome.Broken);
        Assert.Equal(["command: pre", "command: post"], outcome.Hooks.Select(hook => hook.Name));
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
    }

    [SkippableFact]
    public async Task Deadline_PassedInPre_RunsPostAndFails()
    {
        QuiesceMachine.RequireLinux();

        var error = await Assert.ThrowsAsync<ProviderException>(
            async () => await Of("sleep 1000", "echo post >> log").QuiesceAsync(s_request with { Deadline = TimeSpan.FromSeconds(1) }));

        Assert.Contains("took longer than the lease", error.Message, StringComparison.Ordinal);
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
    }

    [SkippableFact]
    public async Task Holder_Killed_RunsPost()
    {
        QuiesceMachine.RequireLinux();
        await QuiesceMachine.RunAsync("mkfifo", Pipe);
        await using Holder holder = await Holder.HoldingAsync("command", 600, "true", $"echo heard by nobody; echo post > {Pipe}");

        await holder.KillAsync();

        Assert.Equal("post\n", await File.ReadAllTextAsync(Pipe).WaitAsync(QuiesceMachine.Patience));
    }

    [SkippableFact]
    public async Task Holder_KilledInPre_EndsPreAndThenRunsPost()
    {
        QuiesceMachine.RequireLinux();
        await QuiesceMachine.RunAsync("mkfifo", Pipe);
        string mark = Guid.NewGuid().ToString("N");
        await using Holder holder = Holder.Start(
            "command", 600, $"echo begun > {Pipe}; sh -c 'sleep 1000; :' {mark}; echo pre >> {Log}", $"echo post >> {Log}; echo over > {Pipe}");
        Assert.Equal("begun\n", await File.ReadAllTextAsync(Pipe).WaitAsync(QuiesceMachine.Patience));

        await holder.KillAsync();

        Assert.Equal("over\n", await File.ReadAllTextAsync(Pipe).WaitAsync(QuiesceMachine.Patience));
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
        await QuiesceMachine.UntilAsync(() => Task.FromResult(QuiesceMachine.ProcessesWith($"sleep 1000; :\0{mark}").Length == 0), "the command was killed");
    }

    [SkippableFact]
    public async Task Quiesce_WhenTheWatchdogCannotStart_BeginsNothing()
    {
        QuiesceMachine.RequireLinux();
        var options = new CommandQuiescerOptions
        {
            Pre = new HookCommand(["/bin/sh", "-c", $"echo pre >> {Log}"], s_long),
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", "/nowhere"),
        };

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await new CommandQuiescer(options).QuiesceAsync(s_request));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.StartsWith("The watchdog that would thaw did not start", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Log));
    }

    [SkippableFact]
    public async Task Release_RunsPost()
    {
        QuiesceMachine.RequireLinux();

        await Of("echo pre >> log", "echo post >> log").ReleaseAsync("gone");
        var error = await Assert.ThrowsAsync<ProviderException>(async () => await Of("true", "echo why; exit 4").ReleaseAsync("gone"));

        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
        Assert.Equal((WaybillErrorCode.ThawFailed, "The command after the snapshot ended with 4: why"), (error.Code, error.Message));
    }

    [SkippableFact]
    public async Task Release_OfALeaseThatIsHeld_RunsPostOnceAndBreaksIt()
    {
        QuiesceMachine.RequireLinux();
        CommandQuiescer quiescer = Of("true", "echo post >> log");
        await using QuiesceLease released = await quiescer.QuiesceAsync(s_request);
        await using QuiesceLease other = await quiescer.QuiesceAsync(s_request with { LeaseId = "other" });

        await quiescer.ReleaseAsync(s_request.LeaseId);

        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
        Assert.True((await released.ThawAsync()).Broken);
        Assert.Equal("post\n", await File.ReadAllTextAsync(Log));
        Assert.False((await other.ThawAsync()).Broken);
        Assert.Equal("post\npost\n", await File.ReadAllTextAsync(Log));
    }

    private CommandQuiescer Of(string pre, string post, TimeSpan? preLimit = null, TimeSpan? postLimit = null) => new(new CommandQuiescerOptions
    {
        Pre = new HookCommand(["sh", "-c", pre], preLimit ?? s_long),
        Post = new HookCommand(["sh", "-c", post], postLimit ?? s_long),
        WorkingDirectory = _directory.FullName,
    });
}
