using System.Diagnostics;
using Waybill.Providers;

namespace Waybill.Local.Tests.Quiescing;

public sealed class PostgresQuiescerTests
{
    private static readonly QuiesceRequest s_request = new("lease 'of'\nthis", TimeSpan.FromMinutes(5));

    [SkippableFact]
    public async Task Checkpoint_UnderLoad_MakesACopyThatStarts()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 1024);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        await server.BeginLoadAsync();
        string copy = Path.Combine(volume.Outside, "copy");
        Directory.CreateDirectory(copy);

        await using QuiesceLease lease = await Checkpoint(server.Socket, volume.MountPoint).QuiesceAsync(s_request);
        await QuiesceMachine.RunAsync("cp", "-a", server.Data, copy);
        QuiesceOutcome outcome = await lease.ThawAsync();
        await server.ProgressesAsync();

        Assert.False(outcome.Broken);
        Assert.Equal(ConsistencyLevel.Application, lease.Level);
        Assert.Equal("postgres: checkpoint", Assert.Single(outcome.Hooks).Name);
        await using PostgresServer copied = await PostgresServer.OpenAsync(copy);
        await copied.MustBeConsistentAsync();
        Assert.InRange(await copied.CountAsync(), 1, await server.CountAsync() - 1);
    }

    [SkippableFact]
    public async Task BackupMode_UnderLoad_MakesACopyThatRecoversFromTheArchive()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 1024);
        string archive = Path.Combine(volume.MountPoint, "archive");
        Directory.CreateDirectory(archive);
        await QuiesceMachine.RunAsync("chown", "nobody:nogroup", archive);
        await using PostgresServer server = await PostgresServer.CreateAsync(
            Path.Combine(volume.MountPoint, "pg"), $"archive_mode = on\narchive_command = 'cp %p {archive}/%f'\n");
        await server.BeginLoadAsync();
        string copy = Path.Combine(volume.Outside, "copy");
        Directory.CreateDirectory(copy);
        PostgresBackupLabel? label = null;

        await using QuiesceLease lease = await Backup(server.Socket, given => label = given).QuiesceAsync(s_request);
        await server.ProgressesAsync();
        await QuiesceMachine.TryRunAsync("cp", "-a", server.Data, copy);
        await server.ProgressesAsync();
        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.False(outcome.Broken);
        Assert.Equal(["postgres: begin backup", "postgres: end backup"], outcome.Hooks.Select(hook => hook.Name));
        Assert.Equal((ConsistencyLevel.Application, s_request.LeaseId, ""), (lease.Level, label!.LeaseId, label.TablespaceMap));
        Assert.StartsWith("START WAL LOCATION: ", label.BackupLabel, StringComparison.Ordinal);
        Assert.Matches("^[0-9A-F]+/[0-9A-F]+$", label.EndPosition);
        await server.ProgressesAsync();

        string data = Path.Combine(copy, "data");
        await QuiesceMachine.RunAsync("find", Path.Combine(data, "pg_wal"), "-type", "f", "-delete");
        await File.WriteAllTextAsync(Path.Combine(data, "backup_label"), label.BackupLabel);
        await File.WriteAllTextAsync(Path.Combine(data, "recovery.signal"), "");
        await File.AppendAllTextAsync(
            Path.Combine(data, "postgresql.conf"), $"\narchive_mode = off\nrestore_command = 'cp {archive}/%f %p'\n");
        await QuiesceMachine.RunAsync("chown", "-R", "nobody:nogroup", data);
        await using PostgresServer copied = await PostgresServer.OpenAsync(copy);
        await copied.MustBeConsistentAsync();
    }

    [SkippableFact]
    public async Task BackupMode_WhoseHolderIsKilled_IsOver()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 512);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        await using Holder holder = await Holder.HoldingAsync("backup", 600, server.Socket);
        Assert.Equal(1, await SessionsAsync(server));

        await holder.KillAsync();

        await QuiesceMachine.UntilAsync(async () => await SessionsAsync(server) == 0, "the session ended");
    }

    [SkippableFact]
    public async Task BackupMode_WhoseHolderHangs_IsOverAtTheDeadline()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 512);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        await using Holder holder = await Holder.HoldingAsync("backup", 6, server.Socket);
        await QuiesceMachine.SignalAsync("STOP", holder.Id);

        await QuiesceMachine.UntilAsync(async () => await SessionsAsync(server) == 0, "the session ended");
    }

    [SkippableFact]
    public async Task BackupMode_EndedByOthers_IsBroken()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 512);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        PostgresBackupLabel? label = null;
        PostgresQuiescer quiescer = Backup(server.Socket, given => label = given);
        await using QuiesceLease lease = await quiescer.QuiesceAsync(s_request);

        await quiescer.ReleaseAsync(s_request.LeaseId);
        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.True(outcome.Broken);
        Assert.Null(label);
        Assert.Equal([0, 1], outcome.Hooks.Select(hook => hook.ExitCode));
        Assert.Equal(0, await SessionsAsync(server));
    }

    [SkippableFact]
    public async Task BackupMode_WhoseLabelIsNotStored_IsBroken()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 512);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        await using QuiesceLease lease = await Backup(server.Socket, _ => throw new IOException("full")).QuiesceAsync(s_request);

        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.True(outcome.Broken);
        Assert.Equal(0, await SessionsAsync(server));
    }

    [SkippableTheory]
    [InlineData(PostgresQuiesceMode.Checkpoint)]
    [InlineData(PostgresQuiesceMode.BackupMode)]
    public async Task Quiesce_WithAPassword_TakesItFromTheFileAndNeverShowsIt(PostgresQuiesceMode mode)
    {
        const string Password = "s3cr3t-of-the-test";
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 512);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        await server.AskAsync($"CREATE ROLE guarded SUPERUSER LOGIN PASSWORD '{Password}'");
        string rules = Path.Combine(server.Data, "pg_hba.conf");
        await File.WriteAllTextAsync(rules, "local all guarded scram-sha-256\n" + await File.ReadAllTextAsync(rules));
        await server.AskAsync("SELECT pg_reload_conf()");
        string right = await PasswordFileAsync(volume, "right", Password);
        string wrong = await PasswordFileAsync(volume, "wrong", Password + "x");

        await using (QuiesceLease lease = await With(right).QuiesceAsync(s_request))
        {
            Assert.Empty(QuiesceMachine.ProcessesWith(Password));
            Assert.False((await lease.ThawAsync()).Broken);
        }

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await With(wrong).QuiesceAsync(s_request));
        Assert.Contains("password authentication failed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);

        PostgresQuiescer With(string passwordFile)
        {
            var options = new PostgresQuiescerOptions
            {
                Mode = mode,
                Host = server.Socket,
                User = "guarded",
                PasswordFile = passwordFile,
                StoreLabelAsync = (_, _) => ValueTask.CompletedTask,
            };
            return new PostgresQuiescer(options, mode == PostgresQuiesceMode.Checkpoint ? Freeze(volume.MountPoint) : null);
        }
    }

    [SkippableFact]
    public async Task Quiesce_Cancelled_LeavesNoSession()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs", 512);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        for (int milliseconds = 0; milliseconds < 100; milliseconds += 10)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
            try
            {
                await using QuiesceLease lease = await Backup(server.Socket, _ => { }).QuiesceAsync(s_request, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // As it may be.
            }

            await QuiesceMachine.UntilAsync(async () => await SessionsAsync(server) == 0, "the session ended");
        }
    }

    [SkippableTheory]
    [InlineData(PostgresQuiesceMode.Checkpoint)]
    [InlineData(PostgresQuiesceMode.BackupMode)]
    public async Task Quiesce_WithoutAServer_FailsAndReleases(PostgresQuiesceMode mode)
    {
        QuiesceMachine.RequireLinux();
        QuiesceMachine.Require(File.Exists("/usr/bin/psql"), "psql");
        var options = new PostgresQuiescerOptions { Mode = mode, Host = "/nowhere", StoreLabelAsync = (_, _) => ValueTask.CompletedTask };
        var quiescer = new PostgresQuiescer(options, mode == PostgresQuiesceMode.Checkpoint ? Freeze("/nowhere") : null);
        long start = Stopwatch.GetTimestamp();

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(s_request));
        await quiescer.ReleaseAsync("gone");

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.Contains("/nowhere", error.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < QuiesceMachine.Patience);
    }

    [Fact]
    public void Constructor_WithoutWhatTheModeNeeds_Refuses()
    {
        Assert.Throws<WaybillException>(() => new PostgresQuiescer(new PostgresQuiescerOptions()));
        Assert.Throws<WaybillException>(() => new PostgresQuiescer(new PostgresQuiescerOptions { Mode = PostgresQuiesceMode.BackupMode }));
    }

    private static async Task<int> SessionsAsync(PostgresServer server) => int.Parse(
        await server.AskAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'waybill-%'"), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string> PasswordFileAsync(FreezableVolume volume, string name, string password)
    {
        string path = Path.Combine(volume.Outside, name);
        await File.WriteAllTextAsync(path, $"*:*:*:*:{password}\n");
        await QuiesceMachine.RunAsync("chmod", "600", path);
        return path;
    }

    private static FileSystemQuiescer Freeze(string mountPoint) => new(new FileSystemQuiescerOptions { MountPoints = [mountPoint] });

    private static PostgresQuiescer Checkpoint(string socket, string mountPoint) =>
        new(new PostgresQuiescerOptions { Host = socket, User = "postgres" }, Freeze(mountPoint));

    private static PostgresQuiescer Backup(string socket, Action<PostgresBackupLabel> store) => new(new PostgresQuiescerOptions
    {
        Mode = PostgresQuiesceMode.BackupMode,
        Host = socket,
        User = "postgres",
        StoreLabelAsync = (label, _) =>
        {
            store(label);
            return ValueTask.CompletedTask;
        },
    });
}
