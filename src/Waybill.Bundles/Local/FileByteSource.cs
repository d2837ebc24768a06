using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>A stored bundle that is a local file.</summary>
/// <remarks><see cref="ReadAsync"/> reads before it returns, on the calling thread.</remarks>
public sealed class FileByteSource : ByteSource
{
    private readonly SafeFileHandle _file;

    private FileByteSource(SafeFileHandle file, string path, long length)
    {
        _file = file;
        Name = path;
        Length = length;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Opens an existing file.</summary>
    /// <param name="path">Its name.</param>
    /// <returns>The source; the caller disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: it is not there, or may not be read.</exception>
    public static FileByteSource Open(string path)
    {
        (SafeFileHandle file, long length) = LocalFile.OpenToRead(path);
        return new FileByteSource(file, path, length);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        LocalFile.ReadAsync(_file, Name, Length, offset, destination, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        return base.DisposeAsync();
    }
}
