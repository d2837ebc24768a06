using System.Collections.Immutable;

namespace Waybill;

/// <summary>One name in a file tree with everything the bundle knows about it but its content.</summary>
public sealed record FileTreeEntry
{
    /// <summary>Gets where in the tree it is; the root of the tree has an entry of its own.</summary>
    public required FilePath Path { get; init; }

    /// <summary>Gets what it is.</summary>
    public required FileType Type { get; init; }

    /// <summary>Gets permission, set-id and sticky bits, from 0 to 07777.</summary>
    public int Mode { get; init; }

    /// <summary>Gets the number of the owning user.</summary>
    public uint UserId { get; init; }

    /// <summary>Gets the number of the owning group.</summary>
    public uint GroupId { get; init; }

    /// <summary>Gets the name of the owning user; empty if it had none.</summary>
    public ImmutableArray<byte> UserName { get; init; } = [];

    /// <summary>Gets the name of the owning group; empty if it had none.</summary>
    public ImmutableArray<byte> GroupName { get; init; } = [];

    /// <summary>Gets when the content changed last.</summary>
    public Timestamp? Modified { get; init; }

    /// <summary>Gets when it was read last, as far as the source kept it.</summary>
    public Timestamp? Accessed { get; init; }

    /// <summary>Gets when it was made, as far as the source kept it; no system lets a restore set it.</summary>
    public Timestamp? Born { get; init; }

    /// <summary>Gets when anything about it changed last: a hint for the next incremental, never restored.</summary>
    public Timestamp? Changed { get; init; }

    /// <summary>Gets its number in its file system, 0 if unknown: likewise a hint.</summary>
    public ulong Inode { get; init; }

    /// <summary>Gets the size of a regular file in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Gets where the content of a regular file lies, ascending; empty when a source lists it, as places are given later.</summary>
    public ImmutableArray<FileExtent> Extents { get; init; } = [];

    /// <summary>Gets what a symbolic link says, never interpreted here.</summary>
    public ImmutableArray<byte> LinkTarget { get; init; } = [];

    /// <summary>Gets the major number of a device.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Gets the minor number of a device.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Gets 0, or a number that all names of one file in this tree share (hard links).</summary>
    public ulong LinkGroup { get; init; }

    /// <summary>Gets the extended attributes, ascending by name.</summary>
    public ImmutableArray<FileXattr> Xattrs { get; init; } = [];

    /// <summary>Gets what of this entry could not be read.</summary>
    public ImmutableArray<FileGap> Gaps { get; init; } = [];

    /// <summary>
    /// Gets how much space the content takes where it comes from, if the source knows: when it is less than <see cref="Size"/> the file may have holes.
    /// Not part of a bundle.
    /// </summary>
    public long? AllocatedSize { get; init; }

    /// <summary>Compares all that a bundle keeps, content of lists included.</summary>
    /// <param name="other">The entry to compare with.</param>
    /// <returns>Whether the entries say the same.</returns>
    public bool Equals(FileTreeEntry? other) =>
        other is not null && Path == other.Path && EqualsButPath(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Path, Type, Mode, Size, Modified, Extents.Length);

    /// <summary>Gets type and path.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Type} {Path}";

    internal bool EqualsButPath(FileTreeEntry other) =>
        (Type, Mode, UserId, GroupId, Size, LinkGroup, Inode) == (other.Type, other.Mode, other.UserId, other.GroupId, other.Size, other.LinkGroup, other.Inode)
        && (Modified, Accessed, Born, Changed, DeviceMajor, DeviceMinor) == (other.Modified, other.Accessed, other.Born, other.Changed, other.DeviceMajor, other.DeviceMinor)
        && UserName.AsSpan().SequenceEqual(other.UserName.AsSpan())
        && GroupName.AsSpan().SequenceEqual(other.GroupName.AsSpan())
        && LinkTarget.AsSpan().SequenceEqual(other.LinkTarget.AsSpan())
        && Extents.AsSpan().SequenceEqual(other.Extents.AsSpan())
        && Xattrs.AsSpan().SequenceEqual(other.Xattrs.AsSpan())
        && Gaps.AsSpan().SequenceEqual(other.Gaps.AsSpan());
}
