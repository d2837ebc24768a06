namespace Waybill;

/// <summary>Says where a run of a file's content lies in the tree's FILE_DATA stream. What no extent covers is a hole and reads as zeros.</summary>
/// <param name="FileOffset">The first byte in the file.</param>
/// <param name="DataOffset">The first byte in the stream; a multiple of 512.</param>
/// <param name="Length">The number of bytes, 1 or more.</param>
public readonly record struct FileExtent(long FileOffset, long DataOffset, long Length)
{
    /// <summary>The number that every <see cref="DataOffset"/> is a multiple of.</summary>
    public const int Alignment = 512;

    /// <summary>Gets the first byte of the file after the extent.</summary>
    public long FileEnd => checked(FileOffset + Length);

    /// <summary>Gets the first byte of the stream after the extent.</summary>
    public long DataEnd => checked(DataOffset + Length);
}
