using System.Globalization;
using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;

namespace Waybill.CsiDriver.Tests;

public sealed class ProcessTests
{
    private const long Mebibyte = 1 << 20;

    [SkippableFact]
    public async Task Driver_ToldToEnd_EndsInOrderAndLeavesVolumesWhereTheyAre()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.UpAsync();

        Assert.Equal(0, await lab.Driver.TerminateAsync());

        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(lab.Paths)!, "csi.sock")));
        volume.Write("file", "while it is away");
        await lab.Driver.DisposeAsync();
        await lab.StartAsync();
        Assert.Equal("while it is away", volume.Read("file"));
        await volume.DownAsync();
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task Driver_AtRest_TakesLessThan120MebibytesOfMemory()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.UpAsync();
        await volume.DownAsync();
        await volume.DeleteAsync();

        string line = File.ReadLines($"/proc/{lab.Driver.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        long resident = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

        Assert.InRange(resident, 1, 120 * Mebibyte);
    }

    [SkippableFact]
    public async Task NodeInfo_SaysWhatTheCommandLineSaid()
    {
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, "--driver-name", "test.csi.waybill", "--max-volumes", "7");

        NodeGetInfoResponse info = await lab.Driver.Node.NodeGetInfoAsync(new NodeGetInfoRequest());

        Assert.Equal(("test-node", 7L), (info.NodeId, info.MaxVolumesPerNode));
        Assert.Equal("test-node", info.AccessibleTopology.Segments["topology.test.csi.waybill/node"]);
        GetPluginInfoResponse plugin = await lab.Driver.Identity.GetPluginInfoAsync(new GetPluginInfoRequest());
        Assert.Equal("test.csi.waybill", plugin.Name);
    }

    [SkippableFact]
    public async Task NodeCapabilities_AreThoseThatTheNodeHas()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();

        NodeGetCapabilitiesResponse response = await lab.Driver.Node.NodeGetCapabilitiesAsync(new NodeGetCapabilitiesRequest());

        Assert.Equal(
            ["StageUnstageVolume", "GetVolumeStats", "ExpandVolume", "SingleNodeMultiWriter"], response.Capabilities.Select(capability => capability.Rpc.Type.ToString()));
    }

    [SkippableFact]
    public async Task Capacity_IsTheRoomOfThePool()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();

        GetCapacityResponse response = await lab.Driver.Controller.GetCapacityAsync(new GetCapacityRequest());

        Assert.InRange(response.AvailableCapacity, new DriveInfo(lab.Pool).AvailableFreeSpace - (64 * Mebibyte), 8L << 30);
    }

    [SkippableFact]
    public async Task Secrets_AreNotInTheLog()
    {
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, "--log-level", "Trace");
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        NodeStageVolumeRequest request = volume.StageRequest();
        request.Secrets.Add("password", "correct-horse-battery");

        await lab.Driver.Node.NodeStageVolumeAsync(request);
        await volume.UnstageAsync();
        await lab.Driver.TerminateAsync();

        Assert.Contains("NodeStageVolume", lab.Driver.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("correct-horse-battery", lab.Driver.Log, StringComparison.Ordinal);
    }
}
