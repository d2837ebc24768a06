namespace Waybill.Local;

/// <summary>A file, block device or directory of this host that is offered as a volume although it does not belong to the pool. It is never made or removed.</summary>
/// <param name="Name">The id and name of the volume, 1 to 128 bytes; not beginning with <c>vol-</c>, as the pool's own do.</param>
/// <param name="Path">Where it is: a regular file or a block device is a block volume, a directory is a tree of files.</param>
public sealed record AttachedVolume(string Name, string Path);
