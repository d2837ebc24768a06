using System.Text.Json;
using Waybill.Local.Tests.Quiescing;
using Waybill.Local.Tests.Support;

namespace Waybill.Cli.Tests.Engines;

public sealed class PostgresBackupTests
{
    [SkippableFact]
    public async Task BackupMode_KeepsTheLabel_AndTheRestoredServerRecoversWithIt()
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync("xfs");
        string archive = Path.Combine(directory.Path, "archive");
        Directory.CreateDirectory(archive);
        await QuiesceMachine.RunAsync("chown", "nobody:nogroup", archive);
        await using PostgresServer server = await PostgresServer.CreateAsync(
            Path.Combine(directory.Path, "pg"), $"archive_mode = on\narchive_command = 'cp %p {archive}/%f'\n");
        string config = Path.Combine(directory.Path, "waybill.yaml");
        await File.WriteAllTextAsync(
            config,
            $$"""
            store: store
            state: state
            providers:
              local: {type: local, pool: pool, volumes: {db: pg/data} }
            quiescers:
              db: {type: postgres, mode: backup, labels: labels, host: '{{server.Socket}}', user: postgres}
            applications:
              bank: {volumes: {db: {provider: local, volume: db} }, quiescer: db, policy: {consistency: application} }
            """);
        var cli = new TestCli();

        JsonElement made = EngineScenario.Parse("app-protect.json", await cli.DoneAsync("app", "protect", "bank", "--config", config, "--json"));

        string label = Path.Combine(directory.Path, "labels", "waybill-" + made.GetProperty("bundle").GetProperty("id").GetString(), "backup_label");
        Assert.Equal("application", made.GetProperty("consistency").GetString());
        Assert.StartsWith("START WAL LOCATION: ", await File.ReadAllTextAsync(label), StringComparison.Ordinal);
        int committed = await server.CountAsync();
        await cli.DoneAsync("bundle", "restore", made.GetProperty("file").GetString()!, "--to", Path.Combine(directory.Path, "restored"));
        string copy = Path.Combine(directory.Path, "copy");
        string data = Path.Combine(copy, "data");
        Directory.CreateDirectory(copy);
        Directory.Move(Path.Combine(directory.Path, "restored", "files", "db"), data);
        await QuiesceMachine.RunAsync("find", Path.Combine(data, "pg_wal"), "-type", "f", "-delete");
        File.Copy(label, Path.Combine(data, "backup_label"));
        await File.WriteAllTextAsync(Path.Combine(data, "recovery.signal"), "");
        await File.AppendAllTextAsync(Path.Combine(data, "postgresql.conf"), $"\narchive_mode = off\nrestore_command = 'cp {archive}/%f %p'\n");
        await QuiesceMachine.RunAsync("chown", "-R", "nobody:nogroup", data);
        await using PostgresServer copied = await PostgresServer.OpenAsync(copy);
        await copied.MustBeConsistentAsync();
        Assert.Equal(committed, await copied.CountAsync());
        Assert.Equal("nothing is open in " + Path.Combine(directory.Path, "state") + "\n", (await cli.DoneAsync("ledger", "list", "--config", config)).Output);
    }
}
