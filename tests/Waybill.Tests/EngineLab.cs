using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Engine.Tests;

/// <summary>An engine on a scripted platform, with its state in a directory of its own.</summary>
internal sealed class EngineLab : IDisposable
{
    public EngineLab(ScriptedProviderOptions? options = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("waybill-engine-").FullName;
        Platform = new ScriptedProvider(options);
        Context = new EngineContext(Store, Directory)
        {
            Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(Platform.Name, Platform),
            Quiescers = ImmutableDictionary<string, IQuiescer>.Empty.Add(Quiescer.Name, Quiescer),
        };
    }

    public string Directory { get; }

    public ScriptedProvider Platform { get; }

    public ScriptedQuiescer Quiescer { get; } = new() { Name = "hold" };

    public InMemoryBundleStore Store { get; } = new();

    public EngineContext Context { get; set; }

    public ProtectRunner Protect => new(Context);

    public RestoreRunner Restore => new(Context);

    public static ReadOnlySpan<byte> Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public ProtectedApplication Application(params (string Name, VolumeId Id)[] volumes) => new("shop")
    {
        Volumes = [.. volumes.Select(v => new ProtectedVolume(v.Name, Platform.Name, v.Id))],
        Policy = new ProtectPolicy { SelfCheckShare = 0.25 },
    };

    /// <summary>Opens the content a point has of a volume, everything it builds on included.</summary>
    public async Task<byte[]> ReadPointAsync(string bundle, string volume)
    {
        ByteSource source = await Store.OpenReadAsync(bundle);
        BundleReader reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned);
        await using BundleChain chain = await BundleChain.OpenAsync(reader, new StoreBundleLocator(Store));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, volume);
        var bytes = new byte[content.Length];
        await content.ReadAsync(0, bytes);
        return bytes;
    }

    public byte[] ReadVolume(VolumeId volume)
    {
        ModelSnapshot now = Platform.GetDisk(volume).TakeSnapshot();
        return now.Read(new ByteRange(0, now.Length));
    }

    public async Task<List<SnapshotDescriptor>> SnapshotsAsync()
    {
        var all = new List<SnapshotDescriptor>();
        await foreach (SnapshotDescriptor snapshot in Platform.ListSnapshotsAsync())
        {
            all.Add(snapshot);
        }

        return all;
    }

    public async Task<List<LedgerRun>> LedgerAsync()
    {
        var all = new List<LedgerRun>();
        await foreach (LedgerRun run in Ledger.ListAsync(Context))
        {
            all.Add(run);
        }

        return all;
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
