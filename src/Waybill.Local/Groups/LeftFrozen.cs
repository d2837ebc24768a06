using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Lets file systems go on that a process held still for a group and could not let go any more.</summary>
internal static class LeftFrozen
{
    /// <summary>Thaws whatever is mounted from volumes. What is not frozen stays as it is.</summary>
    /// <remarks>Usually the watchdog has done it. Where all processes of a container are killed at once, it is killed with the others.</remarks>
    public static unsafe void Thaw(IEnumerable<string> images)
    {
        foreach (LoopDevice loop in images.SelectMany(LoopDevices.FindOn))
        {
            if (MountTable.FindMountOf(loop) is { } mountPoint)
            {
                using SafeFileHandle file = Libc.Open(mountPoint, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNonBlocking);
                if (!file.IsInvalid)
                {
                    // That it was not frozen is the usual answer.
                    _ = Libc.Control(file, Libc.ThawFileSystem, null);
                }
            }
        }
    }
}
