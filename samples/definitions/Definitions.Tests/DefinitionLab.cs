using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Samples.Definitions.Tests;

/// <summary>An engine with a platform and a store in memory, and its state in a directory of its own.</summary>
internal sealed class DefinitionLab : IDisposable
{
    public const int DiskLength = 1024 * 1024;

    public DefinitionLab() => Context = new EngineContext(Store, Path.Combine(Directory, "state"))
    {
        Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(Platform.Name, Platform),
    };

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("waybill-definitions-").FullName;

    public ScriptedProvider Platform { get; } = new(new ScriptedProviderOptions { Name = "array" });

    public InMemoryBundleStore Store { get; } = new();

    public EngineContext Context { get; }

    public VolumeId AddDisk(string name, int seed)
    {
        VolumeId volume = Platform.AddVolume(name, DiskLength);
        var content = new byte[DiskLength / 2];
        new Random(seed).NextBytes(content);
        Platform.GetDisk(volume).Write(DiskLength / 4, content);
        return volume;
    }

    public VolumeId AddTree(string name, string file)
    {
        VolumeId volume = Platform.AddVolume(name, kind: VolumeKind.FileTree);
        Platform.GetTree(volume).WriteFile(file, "what stands in it"u8);
        return volume;
    }

    public byte[] ReadDisk(VolumeId volume)
    {
        var content = new byte[DiskLength];
        Platform.GetDisk(volume).Read(0, content);
        return content;
    }

    public Task<ProtectResult> ProtectAsync(DefinedApplication application) => new ProtectRunner(Context).RunAsync(application.Application);

    public async Task<BundleReader> OpenAsync(ProtectResult point) => await BundleReader.OpenAsync(await Store.OpenReadAsync(point.BundleName), TrustPolicy.AcceptUnsigned);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
