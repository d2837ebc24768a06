using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests;

/// <summary>A small application in a directory of its own: a volume, a dump, definitions, and bundles made of them.</summary>
internal sealed class Scenario : IDisposable
{
    public const int VolumeLength = (5 << 20) + 12_345;

    private readonly TempFolder _folder = new();

    public Scenario()
    {
        Volume = new byte[VolumeLength];
        new Random(1).NextBytes(Volume.AsSpan(0, 3 << 20)); // the rest is zeros
        Dump = new byte[1_500_000];
        new Random(2).NextBytes(Dump);
        Save();
        _folder.Write("dump.sql", Dump);
        _folder.Write("k8s/web.yaml", "# the web tier\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  uid: 1a2b\n  labels:\n    app: web # ü\nspec: {}\n");
        _folder.Write("k8s/login.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: shop, labels: {hush: hush}}\nstringData: {password: hunter2}\n");
        _folder.Write("k8s/data.json", """{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data","namespace":"shop"},"spec":{"storageClassName":"fast"}}""");
    }

    public byte[] Volume { get; }

    public byte[] Dump { get; }

    public TestCli Cli { get; } = new();

    public string this[string name] => _folder[name];

    public string Folder => _folder.Path;

    /// <summary>Writes the volume as it is now to its image.</summary>
    public void Save() => File.WriteAllBytes(_folder["data.img"], Volume);

    /// <summary>Changes bytes of the volume.</summary>
    public void Change(int offset, int length, int seed)
    {
        new Random(seed).NextBytes(Volume.AsSpan(offset, length));
        Save();
    }

    public string Write(string name, string content) => _folder.Write(name, content);

    /// <summary>Makes a full bundle of everything.</summary>
    public Task<CliResult> CreateFullAsync(string name = "full.waybill", params string[] more) => Cli.DoneAsync(
        ["bundle", "create", this[name], "--app", "shop", "--volume", "data=" + this["data.img"], "--bytes", "dump.sql=" + this["dump.sql"],
            "--resources", this["k8s"], "--tag", "ticket=OPS-7", .. more]);

    /// <summary>Makes an incremental bundle of the volume.</summary>
    public Task<CliResult> CreateIncrementalAsync(string name, string parent, params string[] more) => Cli.DoneAsync(
        ["bundle", "create", this[name], "--app", "shop", "--volume", "data=" + this["data.img"], "--parent", this[parent], .. more]);

    /// <summary>Asserts that a command fails with a code of the product and leaves the names of files as they were.</summary>
    public async Task<CliResult> FailsAsync(int exitCode, string error, params string[] arguments)
    {
        string[] before = Names();
        CliResult result = await Cli.RunAsync(arguments);
        Assert.True(result.Code == exitCode, $"ended with {result.Code}:\n{result.Error}{result.Output}");
        Assert.Contains(error + ": ", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, Names());
        return result;
    }

    public string[] Names() => [.. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    /// <summary>Asserts that a bundle is good, alone.</summary>
    public async Task VerifyAsync(string name) => Assert.Equal(ExitCode.Done, (await Cli.DoneAsync("bundle", "verify", this[name])).Code);
}
