using System.Text.Json;
using Waybill.Cli.Tests.Json;

namespace Waybill.Cli.Tests.Engines;

/// <summary>A small application, a host's platform, a store and the engine's records, all in a directory of their own.</summary>
internal sealed class EngineScenario : IDisposable
{
    private readonly TempFolder _folder = new();

    public EngineScenario()
    {
        new Random(1).NextBytes(Disk.AsSpan(0, 1 << 20));
        SaveDisk();
        _folder.Write("notes/a.txt", "first");
        _folder.Write("k8s/pvc.yaml", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk, namespace: shop, labels: {app: shop}}\nspec: {storageClassName: fast}\n");
        Cli.Variables["XDG_STATE_HOME"] = _folder["xdg"];
    }

    public byte[] Disk { get; } = new byte[(2 << 20) + 4096];

    public TestCli Cli { get; } = new();

    public string this[string name] => _folder[name];

    public string Store => _folder["xdg/waybill/store"];

    /// <summary>Gets the command line that protects the application, which is configured nowhere.</summary>
    public string[] Protect => ["app", "protect", "shop", .. Volumes, "--resources", _folder["k8s"]];

    public string[] Volumes => ["--volume", "disk=" + _folder["disk.img"], "--files", "notes=" + _folder["notes"], "--min-consistency", "none"];

    public void SaveDisk() => File.WriteAllBytes(_folder["disk.img"], Disk);

    public string Write(string name, string content) => _folder.Write(name, content);

    /// <summary>Runs a command that must succeed, some time after the one before.</summary>
    public Task<CliResult> DoneAsync(params string[] arguments)
    {
        Cli.Time.Advance(TimeSpan.FromSeconds(1));
        return Cli.DoneAsync(arguments);
    }

    /// <summary>Runs a command that must succeed and print what its schema says.</summary>
    public async Task<JsonElement> JsonAsync(string schema, params string[] arguments) => Parse(schema, await DoneAsync([.. arguments, "--json"]));

    public async Task FailsAsync(int exitCode, string error, params string[] arguments)
    {
        CliResult result = await Cli.RunAsync(arguments);
        Assert.True(result.Code == exitCode, $"ended with {result.Code}:\n{result.Error}{result.Output}");
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    public static JsonElement Parse(string schema, CliResult result)
    {
        JsonElement document = JsonDocument.Parse(result.Output).RootElement;
        Assert.Empty(new JsonSchema(RepositoryRoot.PathOf("docs/cli/schemas")).Check(schema, document));
        return document;
    }

    public void Dispose() => _folder.Dispose();
}
