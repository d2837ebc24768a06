using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Walks the extents of a file on btrfs as its own trees hold them, which tells compressed extents apart that FIEMAP cannot.</summary>
/// <remarks>
/// Needs the right to administer the system, and a file without unwritten changes in memory: the trees do not know of those. Clones are such files.
/// </remarks>
internal sealed unsafe class BtrfsCursor : ExtentCursor
{
    private const int KeySize = 104;
    private const int PrefixSize = KeySize + 8;
    private const int BufferSize = 256 * 1024;
    private const int ItemHeaderSize = 32;
    private const int RegularItemSize = 53;
    private const uint ExtentDataType = 108;

    private readonly SafeFileHandle _file;
    private readonly ulong _inode;
    private readonly string _provider;
    private readonly string _path;
    private readonly long _start;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(PrefixSize + BufferSize);
    private ulong _key;
    private uint _count;
    private int _offset;
    private bool _ended;

    /// <param name="file">Remains the caller's.</param>
    /// <param name="inode">Its number.</param>
    /// <param name="start">Extents that end at or before it are left out.</param>
    /// <param name="provider">For errors.</param>
    /// <param name="path">For errors.</param>
    public BtrfsCursor(SafeFileHandle file, ulong inode, long start, string provider, string path)
    {
        _file = file;
        _inode = inode;
        _start = start;
        _provider = provider;
        _path = path;

        // An extent is found by where it begins, and none is longer than this.
        _key = (ulong)Math.Max(0, start - (1L << 30));
    }

    /// <summary>Asks whether a file is on btrfs and this process may look into its trees.</summary>
    public static bool IsOffered(SafeFileHandle file)
    {
        var buffer = new byte[PrefixSize + 4096];
        WriteQuery(buffer, 0, 0, 1, 4096);
        fixed (byte* b = buffer)
        {
            return Libc.Control(file, Libc.BtrfsTreeSearch, b) == 0;
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out Extent extent)
    {
        while (true)
        {
            if (_count == 0 && (_ended || !ReadBatch()))
            {
                extent = default;
                return false;
            }

            ReadOnlySpan<byte> item = _buffer.AsSpan(_offset);
            int size = BinaryPrimitives.ReadInt32LittleEndian(item[28..]);
            ulong objectId = BinaryPrimitives.ReadUInt64LittleEndian(item[8..]);
            ulong key = BinaryPrimitives.ReadUInt64LittleEndian(item[16..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(item[24..]);
            item = item.Slice(ItemHeaderSize, size);
            _offset += ItemHeaderSize + size;
            _count--;
            _key = key + 1;
            _ended |= key == ulong.MaxValue;
            if (objectId == _inode && type == ExtentDataType)
            {
                extent = ToExtent((long)key, item);
                if (extent.End > _start)
                {
                    return true;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Extent ToExtent(long start, ReadOnlySpan<byte> item)
    {
        const int Inline = 0;
        const int Preallocated = 2;
        ulong uncompressed = BinaryPrimitives.ReadUInt64LittleEndian(item[8..]);
        if (item[20] == Inline || item.Length < RegularItemSize)
        {
            return new Extent(start, start + (long)uncompressed, ExtentContent.Unplaced);
        }

        ulong place = BinaryPrimitives.ReadUInt64LittleEndian(item[21..]);
        ulong inside = BinaryPrimitives.ReadUInt64LittleEndian(item[37..]);
        long end = start + (long)BinaryPrimitives.ReadUInt64LittleEndian(item[45..]);
        return item[20] == Preallocated || place == 0
            ? new Extent(start, end, ExtentContent.Zeros)
            : new Extent(start, end, ExtentContent.Placed, place, (long)inside - start);
    }

    private static void WriteQuery(Span<byte> query, ulong inode, ulong firstKey, uint count, int room)
    {
        query[..PrefixSize].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(query[8..], inode);
        BinaryPrimitives.WriteUInt64LittleEndian(query[16..], inode);
        BinaryPrimitives.WriteUInt64LittleEndian(query[24..], firstKey);
        BinaryPrimitives.WriteUInt64LittleEndian(query[32..], ulong.MaxValue);
        BinaryPrimitives.WriteUInt64LittleEndian(query[48..], ulong.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(query[56..], ExtentDataType);
        BinaryPrimitives.WriteUInt32LittleEndian(query[60..], ExtentDataType);
        BinaryPrimitives.WriteUInt32LittleEndian(query[64..], count);
        BinaryPrimitives.WriteUInt64LittleEndian(query[KeySize..], (ulong)room);
    }

    private bool ReadBatch()
    {
        byte[] buffer = _buffer ?? throw new ObjectDisposedException(nameof(BtrfsCursor));
        WriteQuery(buffer, _inode, _key, uint.MaxValue, BufferSize);
        fixed (byte* b = buffer)
        {
            if (Libc.Control(_file, Libc.BtrfsTreeSearch, b) != 0)
            {
                throw Errno.ToError(_provider, Errno.Last, "The extents of the file cannot be listed", _path);
            }
        }

        _offset = PrefixSize;
        _count = BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(64));
        _ended |= _count == 0;
        return _count > 0;
    }
}
