using System.Collections.Immutable;
using Google.Protobuf;
using Waybill.Backup.Wire;

namespace Waybill.Backup;

/// <summary>Files of trees as messages of the backup API. What is received is checked for all that one file alone can violate.</summary>
internal static class FileMessages
{
    private const int MaxMode = 0xFFF;
    private const int MaxLinkTargetLength = 65_535;
    private const int NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The largest message of one file.</summary>
    public const int MaxBytes = 3 << 20;

    /// <summary>Writes a file. Attributes that do not fit in a message become a gap.</summary>
    public static Wire.FileEntry ToWire(FileTreeEntry entry)
    {
        var file = new Wire.FileEntry
        {
            Path = ByteString.CopyFrom(entry.Path.Bytes),
            Type = (Wire.FileType)entry.Type,
            Mode = (uint)entry.Mode,
            Uid = entry.UserId,
            Gid = entry.GroupId,
            Owner = ToWire(entry.UserName),
            Group = ToWire(entry.GroupName),
            Modified = ToWire(entry.Modified),
            Accessed = ToWire(entry.Accessed),
            Born = ToWire(entry.Born),
            Changed = ToWire(entry.Changed),
            Inode = entry.Inode,
            Size = (ulong)entry.Size,
            LinkTarget = ToWire(entry.LinkTarget),
            DeviceMajor = entry.DeviceMajor,
            DeviceMinor = entry.DeviceMinor,
            LinkGroup = entry.LinkGroup,
        };
        if (entry.AllocatedSize is { } allocated)
        {
            file.AllocatedBytes = (ulong)allocated;
        }

        file.Gaps.AddRange(entry.Gaps.Select(ToWire));
        if (entry.Xattrs.Sum(attribute => (long)attribute.Name.Length + attribute.Value.Length + 16) <= MaxBytes / 2)
        {
            file.Attributes.AddRange(entry.Xattrs.Select(attribute => new FileAttribute { Name = ToWire(attribute.Name), Value = ToWire(attribute.Value) }));
        }
        else
        {
            file.Gaps.Add(new Wire.FileGap { What = FileGap.Xattrs, Reason = "they are too large for a message" });
        }

        return file;
    }

    public static Wire.FileGap ToWire(FileGap gap) => new() { What = gap.What, Reason = gap.Reason, Offset = (ulong)gap.Offset, Length = (ulong)gap.Length };

    /// <summary>Reads a file.</summary>
    /// <param name="file">The message.</param>
    /// <param name="problem">Why it cannot be a file; null if it can.</param>
    public static FileTreeEntry Read(Wire.FileEntry file, out string? problem)
    {
        problem = FindProblem(file, out FilePath path);
        return problem is not null ? new FileTreeEntry { Path = FilePath.Root, Type = FileType.Directory } : new FileTreeEntry
        {
            Path = path,
            Type = (FileType)file.Type,
            Mode = (int)file.Mode,
            UserId = file.Uid,
            GroupId = file.Gid,
            UserName = Read(file.Owner),
            GroupName = Read(file.Group),
            Modified = Read(file.Modified),
            Accessed = Read(file.Accessed),
            Born = Read(file.Born),
            Changed = Read(file.Changed),
            Inode = file.Inode,
            Size = (long)file.Size,
            AllocatedSize = file.HasAllocatedBytes ? (long)file.AllocatedBytes : null,
            LinkTarget = Read(file.LinkTarget),
            DeviceMajor = file.DeviceMajor,
            DeviceMinor = file.DeviceMinor,
            LinkGroup = file.LinkGroup,
            Xattrs = [.. file.Attributes.Select(attribute => new FileXattr(Read(attribute.Name), Read(attribute.Value)))],
            Gaps = [.. file.Gaps.Select(Read)],
        };
    }

    public static FileGap Read(Wire.FileGap gap) => new(gap.What, gap.Reason, (long)gap.Offset, (long)gap.Length);

    /// <summary>Says whether a gap has numbers that files have.</summary>
    public static bool IsSound(Wire.FileGap gap) => gap.What.Length > 0 && gap.Offset <= long.MaxValue && gap.Length <= long.MaxValue;

    private static string? FindProblem(Wire.FileEntry file, out FilePath path)
    {
        path = FilePath.Root;
        bool isRegular = file.Type == Wire.FileType.Regular;
        bool isDevice = file.Type is Wire.FileType.CharacterDevice or Wire.FileType.BlockDevice;
        return !file.Path.IsEmpty && !FilePath.TryFromBytes(file.Path.Span, out path) ? "a file has an unsafe name"
            : file.Type is < Wire.FileType.Regular or > Wire.FileType.Socket ? "a file is of an unknown type"
            : file.Mode > MaxMode ? "a file has a mode with unknown bits"
            : file.Size > long.MaxValue || (file.Size != 0 && !isRegular) || (file.HasAllocatedBytes && file.AllocatedBytes > long.MaxValue) ? "a file has a size it cannot have"
            : !file.LinkTarget.IsEmpty && file.Type != Wire.FileType.SymbolicLink ? "a file has a link target although it is not a symbolic link"
            : file.LinkTarget.Length > MaxLinkTargetLength || file.LinkTarget.Span.Contains((byte)0) ? "a symbolic link cannot point there"
            : (file.DeviceMajor | file.DeviceMinor) != 0 && !isDevice ? "a file has a device number although it is not a device"
            : file.LinkGroup != 0 && file.Type == Wire.FileType.Directory ? "a directory has several names"
            : file.Path.IsEmpty && file.Type != Wire.FileType.Directory ? "the root is no directory"
            : !HasTime(file.Modified) || !HasTime(file.Accessed) || !HasTime(file.Born) || !HasTime(file.Changed) ? "a file has a time that is none"
            : !AreSound(file.Attributes) ? "extended attributes ascend by name, and have names and values that attributes have"
            : file.Gaps.All(IsSound) ? null : "a gap does not say what is missing";
    }

    private static bool AreSound(IEnumerable<FileAttribute> attributes)
    {
        ReadOnlySpan<byte> previous = [];
        foreach (FileAttribute attribute in attributes)
        {
            ReadOnlySpan<byte> name = attribute.Name.Span;
            if (name.Length is 0 or > FileXattr.MaxNameLength || name.Contains((byte)0) || previous.SequenceCompareTo(name) >= 0 || attribute.Value.Length > FileXattr.MaxValueLength)
            {
                return false;
            }

            previous = name;
        }

        return true;
    }

    private static bool HasTime(Google.Protobuf.WellKnownTypes.Timestamp? time) => time is null or { Nanos: >= 0 and < NanosecondsPerSecond };

    private static ByteString ToWire(ImmutableArray<byte> bytes) => bytes.IsDefaultOrEmpty ? ByteString.Empty : ByteString.CopyFrom(bytes.AsSpan());

    private static Google.Protobuf.WellKnownTypes.Timestamp? ToWire(Timestamp? time) => time is { } known ? new() { Seconds = known.Seconds, Nanos = known.Nanoseconds } : null;

    private static ImmutableArray<byte> Read(ByteString bytes) => [.. bytes.Span];

    private static Timestamp? Read(Google.Protobuf.WellKnownTypes.Timestamp? time) => time is null ? null : new Timestamp(time.Seconds, time.Nanos);
}
