using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles;

/// <summary>Entries of a FILE_META stream as bytes, spec 8.3. Both directions check what one entry alone can violate.</summary>
internal static class FileEntryCodec
{
    private const int MaxMode = 0xFFF;
    private const int MaxLinkTargetLength = 65_535;

    /// <summary>Turns an entry into the meta bytes of its frame.</summary>
    public static byte[] Encode(FileTreeEntry entry)
    {
        Check(entry, long.MaxValue, 0);
        var wire = new Wire.FileEntry
        {
            Path = UnsafeByteOperations.UnsafeWrap(entry.Path.Memory),
            Type = (Wire.FileType)entry.Type,
            Mode = (uint)entry.Mode,
            Uid = entry.UserId,
            Gid = entry.GroupId,
            Owner = Wrap(entry.UserName),
            Group = Wrap(entry.GroupName),
            Modified = entry.Modified?.ToWire(),
            Accessed = entry.Accessed?.ToWire(),
            Born = entry.Born?.ToWire(),
            Size = (ulong)entry.Size,
            LinkTarget = Wrap(entry.LinkTarget),
            DeviceMajor = entry.DeviceMajor,
            DeviceMinor = entry.DeviceMinor,
            LinkGroup = entry.LinkGroup,
            Changed = entry.Changed?.ToWire(),
            Inode = entry.Inode,
        };
        foreach (FileExtent extent in entry.Extents)
        {
            wire.Extents.Add(new Wire.FileExtent { FileOffset = (ulong)extent.FileOffset, DataOffset = (ulong)extent.DataOffset, Length = (ulong)extent.Length });
        }

        foreach (FileXattr attribute in entry.Xattrs)
        {
            wire.Xattrs.Add(new Wire.Xattr { Name = Wrap(attribute.Name), Value = Wrap(attribute.Value) });
        }

        foreach (FileGap gap in entry.Gaps)
        {
            wire.Gaps.Add(new Wire.Gap { Offset = (ulong)gap.Offset, Length = (ulong)gap.Length, What = gap.What, Reason = gap.Reason });
        }

        int length = wire.CalculateSize();
        return length <= BundleFormat.MaxEntryMetaLength
            ? wire.ToByteArray()
            : throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The metadata of a file is larger than 32 MiB") { ObjectName = entry.Path.ToString() };
    }

    /// <summary>Reads the meta bytes of a frame.</summary>
    /// <param name="meta">The bytes.</param>
    /// <param name="dataLength">The virtual length of the tree's FILE_DATA stream.</param>
    /// <param name="place">Where the entry begins in its stream, for errors.</param>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.UnsafeName"/> or <see cref="WaybillErrorCode.EntryInvalid"/>.</exception>
    public static FileTreeEntry Decode(ReadOnlySpan<byte> meta, long dataLength, long place)
    {
        Wire.FileEntry wire = StrictMessage.Parse(Wire.FileEntry.Parser, Wire.FileEntry.Descriptor, meta, place, WaybillErrorCode.EntryInvalid);
        if (FilePath.FindProblem(wire.Path.Span) is { } problem)
        {
            throw new BundleFormatException(WaybillErrorCode.UnsafeName, $"A file has an unsafe name: {problem}")
            {
                ObjectName = FilePath.ToDisplayText(wire.Path.Span[..Math.Min(wire.Path.Length, 1024)]),
                Offset = place,
            };
        }

        FilePath path = FilePath.FromBytes(wire.Path.Span);
        var entry = new FileTreeEntry
        {
            Path = path,
            Type = (FileType)wire.Type,
            Mode = wire.Mode <= MaxMode ? (int)wire.Mode : throw Invalid("it has a mode with unknown bits", path, place),
            UserId = wire.Uid,
            GroupId = wire.Gid,
            UserName = [.. wire.Owner.Span],
            GroupName = [.. wire.Group.Span],
            Modified = ReadTime(wire.Modified, path, place),
            Accessed = ReadTime(wire.Accessed, path, place),
            Born = ReadTime(wire.Born, path, place),
            Changed = ReadTime(wire.Changed, path, place),
            Inode = wire.Inode,
            Size = ReadLength(wire.Size, path, place),
            Extents = ReadExtents(wire, path, place),
            LinkTarget = [.. wire.LinkTarget.Span],
            DeviceMajor = wire.DeviceMajor,
            DeviceMinor = wire.DeviceMinor,
            LinkGroup = wire.LinkGroup,
            Xattrs = ReadXattrs(wire),
            Gaps = ReadGaps(wire, path, place),
        };
        Check(entry, dataLength, place);
        return entry;
    }

    private static void Check(FileTreeEntry entry, long dataLength, long place)
    {
        bool isRegular = entry.Type == FileType.Regular;
        bool isDevice = entry.Type is FileType.CharacterDevice or FileType.BlockDevice;
        string? problem =
            entry.Type is < FileType.Regular or > FileType.Socket ? "it is of an unknown type"
            : entry.Mode is < 0 or > MaxMode ? "it has a mode with unknown bits"
            : entry.Size < 0 || (entry.Size != 0 && !isRegular) ? "it has a size it cannot have"
            : !entry.Extents.IsEmpty && !isRegular ? "it has content although it is not a regular file"
            : !entry.LinkTarget.IsEmpty && entry.Type != FileType.SymbolicLink ? "it has a link target although it is not a symbolic link"
            : entry.LinkTarget.Length > MaxLinkTargetLength || entry.LinkTarget.Contains((byte)0) ? "its link target cannot be one"
            : (entry.DeviceMajor | entry.DeviceMinor) != 0 && !isDevice ? "it has a device number although it is not a device"
            : entry.LinkGroup != 0 && entry.Type == FileType.Directory ? "it is a directory with several names"
            : FindTimeProblem(entry) ?? FindExtentProblem(entry, dataLength) ?? FindAttributeProblem(entry) ?? FindGapProblem(entry);
        if (problem is not null)
        {
            throw Invalid(problem, entry.Path, place);
        }
    }

    private static string? FindTimeProblem(FileTreeEntry entry)
    {
        foreach (Timestamp? time in (ReadOnlySpan<Timestamp?>)[entry.Modified, entry.Accessed, entry.Born, entry.Changed])
        {
            if (time is { Nanoseconds: < 0 or > 999_999_999 })
            {
                return "a time has 1 000 000 000 nanoseconds or more";
            }
        }

        return null;
    }

    // spec R-09
    private static string? FindExtentProblem(FileTreeEntry entry, long dataLength)
    {
        long end = 0;
        foreach (FileExtent extent in entry.Extents)
        {
            if (extent.FileOffset < end || extent.Length <= 0)
            {
                return "its extents are empty, overlap or do not ascend";
            }

            if (extent.FileOffset > entry.Size || extent.Length > entry.Size - extent.FileOffset)
            {
                return "an extent ends behind its size";
            }

            if (extent.DataOffset < 0 || extent.DataOffset % FileExtent.Alignment != 0)
            {
                return "an extent does not lie at a multiple of 512";
            }

            if (extent.DataOffset > dataLength || extent.Length > dataLength - extent.DataOffset)
            {
                return "an extent lies outside the tree's data";
            }

            end = extent.FileEnd;
        }

        return null;
    }

    private static string? FindAttributeProblem(FileTreeEntry entry)
    {
        ReadOnlySpan<byte> previous = [];
        foreach (FileXattr attribute in entry.Xattrs)
        {
            ReadOnlySpan<byte> name = attribute.Name.AsSpan();
            if (name.Length is 0 or > FileXattr.MaxNameLength || name.Contains((byte)0))
            {
                return "an extended attribute has a name it cannot have";
            }

            if (previous.SequenceCompareTo(name) >= 0)
            {
                return "its extended attributes do not ascend by name";
            }

            if (attribute.Value.Length > FileXattr.MaxValueLength)
            {
                return "an extended attribute is larger than 16 MiB";
            }

            previous = name;
        }

        return null;
    }

    private static string? FindGapProblem(FileTreeEntry entry)
    {
        foreach (FileGap gap in entry.Gaps)
        {
            if (gap.What.Length == 0 || gap.Offset < 0 || gap.Length < 0)
            {
                return "a gap does not say what is missing";
            }
        }

        return null;
    }

    private static Timestamp? ReadTime(Wire.Time? time, FilePath path, long place) =>
        time is null ? null
        : time.Nanos < 1_000_000_000 ? new Timestamp(time.Seconds, (int)time.Nanos)
        : throw Invalid("a time has 1 000 000 000 nanoseconds or more", path, place);

    private static long ReadLength(ulong value, FilePath path, long place) =>
        value <= long.MaxValue ? (long)value : throw Invalid("it has a number beyond 2^63 - 1", path, place);

    private static ImmutableArray<FileExtent> ReadExtents(Wire.FileEntry wire, FilePath path, long place)
    {
        var extents = new FileExtent[wire.Extents.Count];
        for (int i = 0; i < extents.Length; i++)
        {
            Wire.FileExtent e = wire.Extents[i];
            extents[i] = new FileExtent(ReadLength(e.FileOffset, path, place), ReadLength(e.DataOffset, path, place), ReadLength(e.Length, path, place));
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(extents);
    }

    private static ImmutableArray<FileXattr> ReadXattrs(Wire.FileEntry wire)
    {
        var attributes = new FileXattr[wire.Xattrs.Count];
        for (int i = 0; i < attributes.Length; i++)
        {
            attributes[i] = new FileXattr([.. wire.Xattrs[i].Name.Span], [.. wire.Xattrs[i].Value.Span]);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(attributes);
    }

    private static ImmutableArray<FileGap> ReadGaps(Wire.FileEntry wire, FilePath path, long place)
    {
        var gaps = new FileGap[wire.Gaps.Count];
        for (int i = 0; i < gaps.Length; i++)
        {
            Wire.Gap g = wire.Gaps[i];
            gaps[i] = new FileGap(g.What, g.Reason, ReadLength(g.Offset, path, place), ReadLength(g.Length, path, place));
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(gaps);
    }

    private static ByteString Wrap(ImmutableArray<byte> bytes) => bytes.IsEmpty ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(bytes.AsMemory());

    private static BundleFormatException Invalid(string problem, FilePath path, long place) =>
        new(WaybillErrorCode.EntryInvalid, $"An entry of a file tree is not valid: {problem}") { ObjectName = path.ToString(), Offset = place };
}
