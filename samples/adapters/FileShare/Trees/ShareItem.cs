using System.Collections.Immutable;

namespace Waybill.Samples.FileShare;

/// <summary>What a listing shows of one name: enough to see that a file did not change.</summary>
internal sealed record ShareItem(ImmutableArray<byte> Name, FileType Type)
{
    public long Size { get; init; }

    public ulong Inode { get; init; }

    public Timestamp? Modified { get; init; }

    public Timestamp? Accessed { get; init; }

    public Timestamp? Changed { get; init; }

    public Timestamp? Born { get; init; }

    public FileTreeEntry ToEntry(FilePath path) => new()
    {
        Path = path,
        Type = Type,
        Size = Type == FileType.Regular ? Size : 0,
        Inode = Inode,
        Modified = Modified,
        Accessed = Accessed,
        Changed = Changed,
        Born = Born,
    };
}
