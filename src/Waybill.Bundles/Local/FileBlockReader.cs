using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Reads a volume from a local file (an image) or a block device.</summary>
/// <remarks>
/// The length is fixed when the reader is opened; a file that shrinks later gives <see cref="WaybillErrorCode.SourceChanged"/>.
/// The content is what the file holds at the time of each read: use a snapshot if something writes to it.
/// <see cref="ReadAsync"/> reads before it returns, on the calling thread.
/// </remarks>
public sealed class FileBlockReader : BlockReader
{
    private readonly SafeFileHandle _file;

    private FileBlockReader(SafeFileHandle file, string path, long length)
    {
        _file = file;
        Path = path;
        Length = length;
    }

    /// <summary>Gets the name the file was opened by.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Opens an existing file or block device.</summary>
    /// <param name="path">Its name.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: it is not there, or may not be read, or is neither a file nor a block device.</exception>
    public static FileBlockReader Open(string path)
    {
        (SafeFileHandle file, long length) = LocalFile.OpenToRead(path);
        return new FileBlockReader(file, path, length);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        LocalFile.ReadAsync(_file, Path, Length, offset, destination, cancellationToken);

    /// <summary>Finds what the file system holds data for, so that the holes of a sparse image are not read.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The ranges that are not holes; the whole content of a device.</returns>
    public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) =>
        LocalFile.GetDataRangesAsync(_file, Length, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        return base.DisposeAsync();
    }
}
