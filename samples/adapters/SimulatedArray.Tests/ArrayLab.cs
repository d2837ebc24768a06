using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Samples.SimulatedArray.Tests;

/// <summary>An engine on an array, with its state in a directory of its own.</summary>
internal sealed class ArrayLab : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-array-").FullName;

    public ArrayLab(ArrayOptions? options = null)
    {
        Array = new SimulatedArrayProvider((options ?? new ArrayOptions()) with { TimeProvider = Clock });
        Context = new EngineContext(Store, _directory)
        {
            Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(Array.Name, Array),
            TimeProvider = Clock,
        };
    }

    public WaitingClock Clock { get; } = new();

    public SimulatedArrayProvider Array { get; }

    public InMemoryBundleStore Store { get; } = new();

    public EngineContext Context { get; }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async Task<VolumeId> AddVolumeAsync(string name, long length) => (await Array.CreateVolumeAsync(new VolumeCreateRequest(name, length))).Id;

    public async Task WriteAsync(VolumeId volume, params (long Offset, byte[] Data)[] writes)
    {
        await using BlockWriter writer = await Array.OpenWriteAsync(volume);
        foreach ((long offset, byte[] data) in writes)
        {
            await writer.WriteAsync(offset, data);
        }

        await writer.CompleteAsync();
    }

    public async Task<byte[]> ReadVolumeAsync(VolumeId volume)
    {
        await using BlockReader reader = await Array.OpenReadAsync(new VolumeSource(volume));
        return await ReadAsync(reader);
    }

    public async Task<byte[]> ReadPointAsync(string bundle, string volume)
    {
        ByteSource source = await Store.OpenReadAsync(bundle);
        BundleReader reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned);
        await using BundleChain chain = await BundleChain.OpenAsync(reader, new StoreBundleLocator(Store));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, volume);
        return await ReadAsync(content);
    }

    public Task<ProtectResult> ProtectAsync(params (string Name, VolumeId Id)[] volumes) => new ProtectRunner(Context).RunAsync(new ProtectedApplication("shop")
    {
        Volumes = [.. volumes.Select(v => new ProtectedVolume(v.Name, Array.Name, v.Id))],
        Policy = new ProtectPolicy { SelfCheckShare = 0.1 },
    });

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<byte[]> ReadAsync(BlockReader reader)
    {
        var bytes = new byte[reader.Length];
        await reader.ReadAsync(0, bytes);
        return bytes;
    }
}
