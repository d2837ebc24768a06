namespace Waybill.Bundles.Tests.Local;

/// <summary>A real block device over a file, as root only; mounted if asked for.</summary>
internal sealed class LoopDevice : IDisposable
{
    private readonly TempDirectory _directory = new();

    private LoopDevice(long length)
    {
        ImagePath = _directory["image"];
        MountPoint = _directory["mnt"];
        Directory.CreateDirectory(MountPoint);
        using FileStream image = File.Create(ImagePath);
        image.SetLength(length);
    }

    public string ImagePath { get; }

    public string DevicePath { get; private set; } = "";

    public string MountPoint { get; }

    private bool IsMounted { get; set; }

    /// <summary>Attaches a device of zeros, or skips the test.</summary>
    public static LoopDevice Create(long length)
    {
        Tool.RequireRoot();
        Tool.Require("losetup");
        var device = new LoopDevice(length);
        try
        {
            (int code, string output, string error) = Tool.TryRun("losetup", "--find", "--show", device.ImagePath);
            Skip.If(code != 0, $"no loop device can be attached here: {error}");
            device.DevicePath = output.Trim();
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Attaches a device with a file system, mounted, or skips the test.</summary>
    public static LoopDevice CreateMounted(string fileSystem, long length, string options = "")
    {
        Tool.Require($"mkfs.{fileSystem}");
        LoopDevice device = Create(length);
        try
        {
            Tool.Run($"mkfs.{fileSystem}", "-q", device.DevicePath);
            (int code, _, string error) = Tool.TryRun("mount", options.Length == 0 ? [device.DevicePath, device.MountPoint] : ["-o", options, device.DevicePath, device.MountPoint]);
            Skip.If(code != 0, $"{fileSystem} cannot be mounted here: {error}");
            device.IsMounted = true;
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (IsMounted)
        {
            Tool.Run("umount", MountPoint);
        }

        if (DevicePath.Length > 0)
        {
            Tool.Run("losetup", "--detach", DevicePath);
        }

        _directory.Dispose();
    }
}
