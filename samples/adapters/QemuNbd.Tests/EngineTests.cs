using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Samples.QemuNbd.Tests;

public sealed class EngineTests
{
    private const int Length = 16 * 1024 * 1024;

    [SkippableFact]
    public async Task Application_ProtectedTwiceAndRestored_IsTheSameToTheByte()
    {
        await using var lab = new QemuLab();
        string state = Directory.CreateTempSubdirectory("wb-state-").FullName;
        try
        {
            VolumeId volume = await lab.Provider.AddVolumeAsync("vm1", Length);
            VolumeId target = await lab.Provider.AddVolumeAsync("vm2", Length);
            await lab.WriteAsync(target, (5_000_000, QemuLab.Bytes(100_000, 9)));
            await lab.WriteAsync(volume, (12_345, QemuLab.Bytes(3_000_000, 1)), (Length - 1, [7]));
            var context = new EngineContext(new InMemoryBundleStore(), state)
            {
                Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(lab.Provider.Name, lab.Provider),
            };
            var application = new ProtectedApplication("vm1")
            {
                Volumes = [new ProtectedVolume("disk", lab.Provider.Name, volume)],
                Policy = new ProtectPolicy { SelfCheckShare = 1 },
            };

            ProtectResult full = await new ProtectRunner(context).RunAsync(application);
            await lab.WriteAsync(volume, (1_000_001, QemuLab.Bytes(10_000, 2)));
            await using (BlockWriter writer = await lab.Provider.OpenWriteAsync(volume))
            {
                await writer.WriteZeroesAsync(new ByteRange(131_072, 262_144));
                await writer.CompleteAsync();
            }

            ProtectResult changed = await new ProtectRunner(context).RunAsync(application);
            byte[] wanted = await lab.ReadAsync(volume);
            await lab.WriteAsync(volume, (0, QemuLab.Bytes(1_000, 3)));
            var restore = new RestoreRequest(
                changed.BundleName, TrustPolicy.AcceptUnsigned, [new RestoreItem("disk", new RestoreTarget.ExistingVolume(lab.Provider.Name, target))]);
            await new RestoreRunner(context).RunAsync(restore);

            Assert.Equal(CopyStep.Allocated, Assert.Single(full.Volumes).Step);
            VolumePlan plan = Assert.Single(changed.Volumes);
            Assert.Equal((CopyStep.Delta, ""), (plan.Step, string.Join("; ", plan.Reasons)));
            Assert.InRange(plan.BytesToRead, 262_144, 262_144 + (3 * 65_536));
            Assert.Equal(wanted, await lab.ReadAsync(target));
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }
}
