using Google.Protobuf.Collections;
using Waybill.Csi.Wire;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.Csi.Tests.Support;

/// <summary>Makes requests that are right, for tests to make one thing of them wrong.</summary>
internal static class Requests
{
    public const long MiB = 1024 * 1024;

    public static VolumeCapability Block(Mode mode = Mode.SingleNodeWriter) =>
        new() { Block = new VolumeCapability.Types.BlockVolume(), AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode } };

    public static VolumeCapability Mount(Mode mode = Mode.SingleNodeWriter) =>
        new() { Mount = new VolumeCapability.Types.MountVolume { FsType = "ext4" }, AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode } };

    public static CreateVolumeRequest Create(string name, long required = MiB, long limit = 0, VolumeContentSource? source = null, params VolumeCapability[] uses)
    {
        var request = new CreateVolumeRequest { Name = name, VolumeContentSource = source };
        if (required != 0 || limit != 0)
        {
            request.CapacityRange = new CapacityRange { RequiredBytes = required, LimitBytes = limit };
        }

        request.VolumeCapabilities.Add(uses.Length > 0 ? uses : [Block()]);
        return request;
    }

    public static VolumeContentSource FromSnapshot(string id) => new() { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = id } };

    public static VolumeContentSource FromVolume(string id) => new() { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = id } };

    public static T With<T>(this T request, Action<T> change)
    {
        change(request);
        return request;
    }

    public static void Set(this MapField<string, string> map, string key, string value) => map[key] = value;
}
