using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Local.Tests.Quiescing;
using Waybill.Local.Tests.Support;
using Waybill.Providers;

namespace Waybill.Local.Tests;

/// <summary>A real database under load on a volume of the pool is protected through the engine, and comes back from every point.</summary>
public sealed class ProtectedDatabaseTests
{
    private const int Points = 3;

    [SkippableTheory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Postgres_UnderLoad_ComesBackFromTheFullAndEveryIncrementalPoint(string poolFileSystem)
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync(poolFileSystem, gibibytes: 6);
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });
        await using MountedVolume volume = await MountedVolume.CreateAsync(provider, directory, "db", "xfs", mebibytes: 768);
        await using PostgresServer server = await PostgresServer.CreateAsync(Path.Combine(volume.MountPoint, "pg"));
        await server.BeginLoadAsync();
        EngineContext context = Engine(directory, provider, new PostgresQuiescer(
            new PostgresQuiescerOptions { Host = server.Socket, User = "postgres" }, new FileSystemQuiescer(new FileSystemQuiescerOptions { MountPoints = [volume.MountPoint] })));
        var application = new ProtectedApplication("bank")
        {
            Volumes = [new ProtectedVolume("db", provider.Name, volume.Id)],
            Quiescer = "postgres",
            Policy = new ProtectPolicy { MinimumConsistency = ConsistencyLevel.Application, RequireWriteOrder = true, SelfCheckShare = 0.2 },
        };
        var made = new List<Point>();
        for (int i = 0; i < Points; i++)
        {
            int before = await server.CountAsync();
            ProtectResult result = await new ProtectRunner(context).RunAsync(application);
            made.Add(new Point(result, before, await server.CountAsync()));
            await server.ProgressesAsync();
        }

        Assert.Equal([CopyStep.Allocated, CopyStep.Delta, CopyStep.Delta], made.Select(point => point.Result.Volumes[0].Step));
        Assert.All(made, point => Assert.Equal((ConsistencyLevel.Application, true, ""), (point.Result.Evidence.Level, point.Result.Evidence.WriteOrderFidelity, point.Result.WhyNotMoreConsistent)));
        Assert.All(made, point => Assert.Empty(point.Result.CleanupProblems));
        Assert.All(made.Skip(1), point => Assert.InRange(point.Result.BundleLength, 1, made[0].Result.BundleLength / 2));
        for (int i = 0; i < Points; i++)
        {
            await MustComeBackAsync(context, directory, made[i], $"copy-{i}");
        }

        await server.ProgressesAsync();
        Assert.Empty(await Ledger.ListAsync(context).ToListAsync());
    }

    private static async Task MustComeBackAsync(EngineContext context, PoolDirectory directory, Point point, string name)
    {
        var request = new RestoreRequest(point.Result.BundleName, TrustPolicy.AcceptUnsigned, [new RestoreItem("db", new RestoreTarget.NewVolume("local", name))]);
        RestoredVolume restored = Assert.Single((await new RestoreRunner(context).RunAsync(request)).Volumes);
        Assert.True(restored.IsVerified);
        await using (MountedVolume copy = await MountedVolume.MountAsync(directory, restored.Volume, name, "loop,nouuid"))
        {
            await using PostgresServer server = await PostgresServer.OpenAsync(Path.Combine(copy.MountPoint, "pg"));
            await server.MustBeConsistentAsync();
            await server.MustPassAmcheckAsync();

            // What was committed before the run began is there; what was committed after it ended cannot be.
            Assert.InRange(await server.CountAsync(), point.CommittedBefore, point.CommittedAfter);
        }

        await ((IVolumeProvisioner)context.Providers["local"]).DeleteVolumeAsync(restored.Volume);
    }

    private static EngineContext Engine(PoolDirectory directory, LocalProvider provider, PostgresQuiescer quiescer) =>
        new(new DirectoryBundleStore(Path.Combine(directory.Path, "store")), Path.Combine(directory.Path, "state"))
        {
            Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(provider.Name, provider),
            Quiescers = ImmutableDictionary<string, IQuiescer>.Empty.Add(quiescer.Name, quiescer),
        };

    private sealed record Point(ProtectResult Result, int CommittedBefore, int CommittedAfter);
}
