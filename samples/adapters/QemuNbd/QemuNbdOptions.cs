namespace Waybill.Samples.QemuNbd;

/// <summary>Where the volumes are, and how QEMU's programs are called.</summary>
/// <param name="Directory">Holds a directory for each volume. Its path has at most 80 bytes, as sockets are put in it.</param>
public sealed record QemuNbdOptions(string Directory)
{
    /// <summary>Gets the provider's name in configurations and bundles.</summary>
    public string Name { get; init; } = "qemu-nbd";

    /// <summary>Gets how qemu-img is called; words before the program's name are allowed, such as <c>nsenter</c> and its arguments.</summary>
    public IReadOnlyList<string> ImageCommand { get; init; } = ["qemu-img"];

    /// <summary>Gets how qemu-nbd is called.</summary>
    public IReadOnlyList<string> NbdCommand { get; init; } = ["qemu-nbd"];

    /// <summary>Gets how qemu-storage-daemon is called.</summary>
    public IReadOnlyList<string> DaemonCommand { get; init; } = ["qemu-storage-daemon"];

    /// <summary>Gets how many bytes a bit of a bitmap stands for: a power of two from 512 up.</summary>
    /// <value>The default is 64 KiB, as for a cluster of qcow2.</value>
    public int Granularity { get; init; } = 64 * 1024;

    /// <summary>Gets how many snapshots back changes can be asked for after a snapshot was removed.</summary>
    public int KeptCheckpoints { get; init; } = 64;

    /// <summary>Gets the clock that snapshots are dated by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
