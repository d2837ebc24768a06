using System.Text.Json;
using Waybill.Local.Tests.Support;

namespace Waybill.Cli.Tests.Engines;

/// <summary>An application of two disks on a file system that clones files, so that there are snapshots, groups and lists of changes.</summary>
internal sealed class ReflinkScenario : IAsyncDisposable
{
    private readonly PoolDirectory _directory;

    private ReflinkScenario(PoolDirectory directory) => _directory = directory;

    public TestCli Cli { get; } = new();

    public string Config => this["waybill.yaml"];

    /// <summary>Gets the file that is there while the application is held.</summary>
    public string Held => this["held"];

    public string this[string name] => Path.Combine(_directory.Path, name);

    public static async Task<ReflinkScenario> CreateAsync(string fileSystem, int mebibytes)
    {
        var scenario = new ReflinkScenario(await PoolDirectory.CreateAsync(fileSystem));
        try
        {
            foreach ((string disk, int seed) in ((string, int)[])[("a", 1), ("b", 2)])
            {
                var content = new byte[mebibytes << 20];
                new Random(seed).NextBytes(content);
                await File.WriteAllBytesAsync(scenario.Disk(disk), content);
            }

            await File.WriteAllTextAsync(
                scenario.Config,
                $$"""
                store: store
                state: state
                providers:
                  local: {type: local, pool: pool, volumes: {a: a.img, b: b.img} }
                quiescers:
                  hooks: {type: command, before: [touch, '{{scenario.Held}}'], after: [rm, -f, '{{scenario.Held}}']}
                applications:
                  shop:
                    volumes: {a: {provider: local, volume: a}, b: {provider: local, volume: b} }
                    quiescer: hooks
                    policy: {consistency: application, writeOrder: true}
                """);
            return scenario;
        }
        catch
        {
            await scenario.DisposeAsync();
            throw;
        }
    }

    public string Disk(string name) => this[name + ".img"];

    /// <summary>Writes to a disk as its application does: in place.</summary>
    public async Task WriteAsync(string disk, long offset, byte[] content)
    {
        await using var file = new FileStream(Disk(disk), FileMode.Open, FileAccess.Write);
        file.Position = offset;
        await file.WriteAsync(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Runs a command that must succeed and print what its schema says, some time after the one before.</summary>
    public async Task<JsonElement> JsonAsync(string schema, params string[] arguments)
    {
        // Processes beside this one go by the system's clock.
        TimeSpan behind = TimeProvider.System.GetUtcNow() - Cli.Time.GetUtcNow();
        Cli.Time.Advance(behind > TimeSpan.FromSeconds(1) ? behind : TimeSpan.FromSeconds(1));
        return EngineScenario.Parse(schema, await Cli.DoneAsync([.. arguments, "--config", Config, "--json"]));
    }

    /// <summary>Requires that a bundle holds both disks as they are now.</summary>
    public async Task MustHoldDisksAsync(string bundle)
    {
        string target = this["restored"];
        await Cli.DoneAsync("bundle", "restore", bundle, "--to", target);
        foreach (string disk in (string[])["a", "b"])
        {
            byte[] restored = await File.ReadAllBytesAsync(Path.Combine(target, "volumes", disk + ".img"));
            byte[] now = await File.ReadAllBytesAsync(Disk(disk));
            Assert.True(restored.AsSpan().SequenceEqual(now), $"Disk {disk} was not restored as it is.");
        }

        Directory.Delete(target, recursive: true);
    }

    public ValueTask DisposeAsync() => _directory.DisposeAsync();
}
