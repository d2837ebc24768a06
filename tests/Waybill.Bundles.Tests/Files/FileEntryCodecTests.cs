using System.Collections.Immutable;
using Google.Protobuf;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Files;

public class FileEntryCodecTests
{
    private const long DataLength = 1 << 20;

    private static readonly Dictionary<string, Action<Wire.FileEntry>> s_badEntries = new()
    {
        { "no type", e => e.Type = Wire.FileType.Unspecified },
        { "unknown type", e => e.Type = (Wire.FileType)8 },
        { "unknown mode bits", e => e.Mode = 0x1000 },
        { "size beyond 2^63", e => e.Size = 1UL << 63 },
        { "extent beyond 2^63", e => { e.Size = 10; e.Extents.Add(new Wire.FileExtent { FileOffset = 1UL << 63, Length = 1 }); } },
        { "directory with a size", e => { e.Type = Wire.FileType.Directory; e.Size = 1; } },
        { "link with content", e => { e.Type = Wire.FileType.Symlink; e.Extents.Add(new Wire.FileExtent { Length = 1 }); } },
        { "file with a link target", e => e.LinkTarget = ByteString.CopyFromUtf8("x") },
        { "link target with NUL", e => { e.Type = Wire.FileType.Symlink; e.LinkTarget = ByteString.CopyFromUtf8("x\0y"); } },
        { "pipe with a device number", e => { e.Type = Wire.FileType.Fifo; e.DeviceMinor = 1; } },
        { "directory with several names", e => { e.Type = Wire.FileType.Directory; e.LinkGroup = 1; } },
        { "attributes out of order", e => { e.Xattrs.Add(Xattr("user.b")); e.Xattrs.Add(Xattr("user.a")); } },
        { "attribute twice", e => { e.Xattrs.Add(Xattr("user.a")); e.Xattrs.Add(Xattr("user.a")); } },
        { "attribute without a name", e => e.Xattrs.Add(Xattr("")) },
        { "attribute with a long name", e => e.Xattrs.Add(Xattr(new string('a', 256))) },
        { "attribute with NUL in its name", e => e.Xattrs.Add(Xattr("user.\0")) },
        { "attribute above 16 MiB", e => e.Xattrs.Add(new Wire.Xattr { Name = ByteString.CopyFromUtf8("user.a"), Value = ByteString.CopyFrom(new byte[(16 << 20) + 1]) }) },
        { "gap of nothing", e => e.Gaps.Add(new Wire.Gap { Reason = "why" }) },
        { "gap beyond 2^63", e => e.Gaps.Add(new Wire.Gap { What = "data", Offset = 1UL << 63 }) },
    };

    [Fact]
    public void Decode_WhatEncodeMade_SaysTheSame()
    {
        var entry = new FileTreeEntry
        {
            Path = FilePath.FromBytes([(byte)'a', (byte)'/', 0xFF, 10]),
            Type = FileType.Regular,
            Mode = 0xFFF,
            UserId = uint.MaxValue,
            GroupId = 100,
            UserName = [0xFE, 1],
            GroupName = [.. "users"u8],
            Modified = new Timestamp(-5, 999_999_999),
            Accessed = new Timestamp(0, 0),
            Born = new Timestamp(long.MinValue, 1),
            Changed = new Timestamp(long.MaxValue, 2),
            Inode = ulong.MaxValue,
            Size = long.MaxValue,
            Extents = [new(0, 512, 100), new(4096, 0, 512), new(long.MaxValue - 1, 1024, 1)],
            LinkGroup = 7,
            Xattrs = [new([.. "security.capability"u8], [1, 2, 3]), new([.. "user.a"u8], []), new([.. "user.aa"u8], [0])],
            Gaps = [new(FileGap.Data, "I/O error", 100, 10), new("something later", "why")],
        };

        FileTreeEntry back = FileEntryCodec.Decode(FileEntryCodec.Encode(entry), DataLength, 0);

        Assert.Equal(entry, back);
        Assert.Equal(FileEntryCodec.Encode(entry), FileEntryCodec.Encode(back));
    }

    [Theory]
    [InlineData(FileType.Directory)]
    [InlineData(FileType.SymbolicLink)]
    [InlineData(FileType.CharacterDevice)]
    [InlineData(FileType.BlockDevice)]
    [InlineData(FileType.Fifo)]
    [InlineData(FileType.Socket)]
    public void Decode_OtherTypes_KeepWhatIsTheirs(FileType type)
    {
        bool isDevice = type is FileType.CharacterDevice or FileType.BlockDevice;
        var entry = new FileTreeEntry
        {
            Path = FilePath.FromText("x"),
            Type = type,
            LinkTarget = type == FileType.SymbolicLink ? [.. "../../etc/passwd"u8] : [],
            DeviceMajor = isDevice ? 8u : 0,
            DeviceMinor = isDevice ? 1_048_575u : 0,
        };

        Assert.Equal(entry, FileEntryCodec.Decode(FileEntryCodec.Encode(entry), DataLength, 0));
    }

    [Theory]
    [Spec("R-07")]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a/../../x")]
    [InlineData("a//x")]
    [InlineData("x/")]
    [InlineData("x\0y")]
    public void Decode_UnsafeName_IsRefusedAsOne(string path)
    {
        var wire = new Wire.FileEntry { Path = ByteString.CopyFromUtf8(path), Type = Wire.FileType.Regular };

        BundleFormatException error = Assert.Throws<BundleFormatException>(() => FileEntryCodec.Decode(wire.ToByteArray(), DataLength, 77));

        Assert.Equal(WaybillErrorCode.UnsafeName, error.Code);
        Assert.Equal(77, error.Offset);
    }

    public static TheoryData<string, FileExtent[]> BadExtents => new()
    {
        { "overlap in the file", [new(0, 0, 100), new(99, 512, 100)] },
        { "descend in the file", [new(500, 0, 100), new(0, 512, 100)] },
        { "are empty", [new(0, 0, 0)] },
        { "end behind the size", [new(900, 0, 101)] },
        { "begin behind the size", [new(2000, 0, 1)] },
        { "are not aligned", [new(0, 256, 100)] },
        { "end behind the data", [new(0, DataLength - 512, 513)] },
        { "begin behind the data", [new(0, DataLength + 512, 1)] },
        { "overflow the data", [new(0, long.MaxValue - 511, 1000)] },
    };

    [Theory]
    [Spec("R-09")]
    [MemberData(nameof(BadExtents))]
    public void Decode_ExtentsThatDoNotFit_AreRefused(string what, FileExtent[] extents)
    {
        var wire = new Wire.FileEntry { Path = ByteString.CopyFromUtf8("x"), Type = Wire.FileType.Regular, Size = 1000 };
        foreach (FileExtent e in extents)
        {
            wire.Extents.Add(new Wire.FileExtent { FileOffset = (ulong)e.FileOffset, DataOffset = (ulong)e.DataOffset, Length = (ulong)e.Length });
        }

        BundleFormatException error = Assert.Throws<BundleFormatException>(() => FileEntryCodec.Decode(wire.ToByteArray(), DataLength, 0));

        Assert.True(error.Code == WaybillErrorCode.EntryInvalid, what);
        Assert.Equal("x", error.ObjectName);
    }

    [Fact]
    [Spec("R-09")]
    public void Decode_ExtentsUpToTheEdges_AreTaken()
    {
        FileTreeEntry entry = Regular("x") with { Size = 1000, Extents = [new(0, DataLength - 512, 512), new(999, 0, 1)] };

        Assert.Equal(entry, FileEntryCodec.Decode(FileEntryCodec.Encode(entry), DataLength, 0));
    }

    public static TheoryData<string> BadEntries => [.. s_badEntries.Keys];

    [Theory]
    [MemberData(nameof(BadEntries))]
    public void Decode_EntryThatContradictsItself_IsRefused(string what)
    {
        var wire = new Wire.FileEntry { Path = ByteString.CopyFromUtf8("x"), Type = Wire.FileType.Regular };
        Assert.Equal(Regular("x"), FileEntryCodec.Decode(wire.ToByteArray(), DataLength, 0));
        s_badEntries[what](wire);

        BundleFormatException error = Assert.Throws<BundleFormatException>(() => FileEntryCodec.Decode(wire.ToByteArray(), DataLength, 5));

        Assert.True(error.Code == WaybillErrorCode.EntryInvalid, what);
        Assert.Equal(5, error.Offset);
    }

    [Fact]
    [Spec("D-10")]
    public void Decode_TimeWithTooManyNanoseconds_IsRefused()
    {
        foreach (Action<Wire.FileEntry, Wire.Time> set in (Action<Wire.FileEntry, Wire.Time>[])[(e, t) => e.Modified = t, (e, t) => e.Accessed = t, (e, t) => e.Born = t, (e, t) => e.Changed = t])
        {
            var wire = new Wire.FileEntry { Path = ByteString.CopyFromUtf8("x"), Type = Wire.FileType.Regular };
            set(wire, new Wire.Time { Nanos = 1_000_000_000 });
            Assert.Equal(WaybillErrorCode.EntryInvalid, Assert.Throws<BundleFormatException>(() => FileEntryCodec.Decode(wire.ToByteArray(), DataLength, 0)).Code);
        }
    }

    [Fact]
    public void Encode_EntryOfABadSource_IsRefused()
    {
        Assert.Throws<BundleFormatException>(() => FileEntryCodec.Encode(Regular("x") with { Modified = new Timestamp(0, 1_000_000_000) }));
        Assert.Throws<BundleFormatException>(() => FileEntryCodec.Encode(Regular("x") with { Size = -1 }));
        Assert.Throws<BundleFormatException>(() => FileEntryCodec.Encode(Regular("x") with { Type = default }));
        ImmutableArray<FileXattr> large = [new([1], [.. new byte[FileXattr.MaxValueLength]]), new([2], [.. new byte[FileXattr.MaxValueLength]])];
        Assert.Equal(WaybillErrorCode.LimitExceeded, Assert.Throws<BundleFormatException>(() => FileEntryCodec.Encode(Regular("x") with { Xattrs = large })).Code);
    }

    private static FileTreeEntry Regular(string path) => new() { Path = FilePath.FromText(path), Type = FileType.Regular };

    private static Wire.Xattr Xattr(string name) => new() { Name = ByteString.CopyFromUtf8(name) };
}
