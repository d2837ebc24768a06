using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>What is mounted where at one moment, as far as this process sees it.</summary>
internal sealed class MountTable
{
    private const string TablePath = "/proc/self/mountinfo";

    private readonly List<MountEntry> _entries;

    private MountTable(List<MountEntry> entries) => _entries = entries;

    public IReadOnlyList<MountEntry> Entries => _entries;

    /// <summary>Asks the kernel.</summary>
    public static MountTable Read() => Parse(File.ReadLines(TablePath));

    /// <summary>Reads lines of the kernel's table.</summary>
    public static MountTable Parse(IEnumerable<string> lines) => new([.. lines.Select(MountEntry.Parse).OfType<MountEntry>()]);

    /// <summary>Finds what is mounted just at an open file or directory, on top of all else there.</summary>
    /// <returns><see langword="null"/> if nothing is mounted there.</returns>
    public static MountEntry? FindAt(SafeFileHandle place) =>
        NodeLibc.TryGetStatus(place, out NodeStatus status) && status.IsMountRoot ? Read()._entries.Find(entry => entry.Id == status.MountId) : null;

    /// <summary>Lists the mounts that show a volume, in the order in which they were made.</summary>
    public List<MountEntry> FindAll(DeviceOnNode volume) => _entries.FindAll(volume.IsShownBy);
}
