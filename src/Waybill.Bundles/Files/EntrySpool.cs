using System.Buffers.Binary;

namespace Waybill.Bundles;

/// <summary>
/// Keeps the encoded entries of a tree until its data is written: in memory up to a limit, behind it in a temporary file that no other process sees.
/// </summary>
/// <remarks>First everything is appended by one caller; then any number may read.</remarks>
internal sealed class EntrySpool : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const int LengthSize = sizeof(int);

    private readonly long _memoryLimit;
    private readonly List<Block> _blocks = [];
    private long _memoryUsed;
    private FileStream? _file;
    private string _fileName = "";
    private long _fileLength;

    /// <param name="memoryLimit">From how many bytes on a file is used.</param>
    public EntrySpool(long memoryLimit) => _memoryLimit = memoryLimit;

    /// <summary>Gets the number of entries.</summary>
    public long Count { get; private set; }

    /// <summary>Adds an entry.</summary>
    /// <returns>Where it is: a number that only has a meaning here, greater than those before it.</returns>
    public long Append(ReadOnlySpan<byte> entry)
    {
        int length = LengthSize + entry.Length;
        if (_blocks.Count == 0 || _blocks[^1].Used + length > _blocks[^1].Memory!.Length)
        {
            StartBlock(length);
        }

        Block block = _blocks[^1];
        Span<byte> place = block.Memory.AsSpan(block.Used, length);
        BinaryPrimitives.WriteInt32LittleEndian(place, entry.Length);
        entry.CopyTo(place[LengthSize..]);
        long position = ((long)(_blocks.Count - 1) << 32) | (uint)block.Used;
        block.Used += length;
        Count++;
        return position;
    }

    /// <summary>Gets an entry.</summary>
    public byte[] Read(long position)
    {
        Block block = _blocks[(int)(position >> 32)];
        int offset = (int)position;
        Span<byte> length = stackalloc byte[LengthSize];
        Read(block, offset, length);
        var entry = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        Read(block, offset + LengthSize, entry);
        return entry;
    }

    /// <summary>Gets all entries in the order in which they were appended.</summary>
    public IEnumerable<(long Position, byte[] Entry)> ReadAll()
    {
        var loaded = Array.Empty<byte>();
        for (int i = 0; i < _blocks.Count; i++)
        {
            Block block = _blocks[i];
            byte[] content = block.Memory ?? Load(block, ref loaded);
            for (int offset = 0; offset < block.Used;)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(offset));
                yield return (((long)i << 32) | (uint)offset, content.AsSpan(offset + LengthSize, length).ToArray());
                offset += LengthSize + length;
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    private void StartBlock(int length)
    {
        if (_blocks.Count > 0 && _memoryUsed > _memoryLimit)
        {
            MoveToFile(_blocks[^1]);
        }

        var block = new Block { Memory = GC.AllocateUninitializedArray<byte>(Math.Max(BlockSize, length)) };
        _memoryUsed += block.Memory.Length;
        _blocks.Add(block);
    }

    private void MoveToFile(Block block)
    {
        _file ??= CreateFile();
        LocalFile.Write(_file.SafeFileHandle, _fileName, _fileLength, block.Memory.AsSpan(0, block.Used));
        block.FileOffset = _fileLength;
        _fileLength += block.Used;
        _memoryUsed -= block.Memory!.Length;
        block.Memory = null;
    }

    private FileStream CreateFile()
    {
        _fileName = Path.Combine(Path.GetTempPath(), $"waybill-entries-{Guid.NewGuid():N}");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            var file = new FileStream(_fileName, options);
            if (!OperatingSystem.IsWindows())
            {
                // Without a name it is gone even if this process is killed.
                File.Delete(_fileName);
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, _fileName);
        }
    }

    private byte[] Load(Block block, ref byte[] buffer)
    {
        if (buffer.Length < block.Used)
        {
            buffer = GC.AllocateUninitializedArray<byte>(block.Used);
        }

        LocalFile.ReadFully(_file!.SafeFileHandle, _fileName, block.FileOffset, buffer.AsSpan(0, block.Used));
        return buffer;
    }

    private void Read(Block block, int offset, Span<byte> destination)
    {
        if (block.Memory is { } memory)
        {
            memory.AsSpan(offset, destination.Length).CopyTo(destination);
        }
        else
        {
            LocalFile.ReadFully(_file!.SafeFileHandle, _fileName, block.FileOffset + offset, destination);
        }
    }

    private sealed class Block
    {
        public byte[]? Memory { get; set; }

        public int Used { get; set; }

        public long FileOffset { get; set; }
    }
}
