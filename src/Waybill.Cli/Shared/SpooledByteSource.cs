using Microsoft.Win32.SafeHandles;

namespace Waybill.Cli.Shared;

/// <summary>A bundle that came through a pipe, kept in a file that has no name for longer than it takes to make it.</summary>
internal sealed class SpooledByteSource : ByteSource
{
    private const int BufferLength = 1 << 20;

    private readonly SafeFileHandle _file;

    private SpooledByteSource(SafeFileHandle file, string name, long length)
    {
        _file = file;
        Name = name;
        Length = length;
    }

    public override string Name { get; }

    public override long Length { get; }

    public static async Task<SpooledByteSource> ReadAsync(Stream input, string name, CancellationToken cancellationToken)
    {
        SafeFileHandle file = CreateFile();
        try
        {
            var buffer = new byte[BufferLength];
            long length = 0;
            int read;
            while ((read = await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await WriteAsync(file, buffer.AsMemory(0, read), length, cancellationToken).ConfigureAwait(false);
                length += read;
            }

            return new SpooledByteSource(file, name, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        RandomAccess.ReadAsync(_file, destination, offset, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        return base.DisposeAsync();
    }

    private static SafeFileHandle CreateFile()
    {
        string path = Path.Combine(Path.GetTempPath(), "waybill-" + Path.GetRandomFileName());
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
            if (!OperatingSystem.IsWindows())
            {
                // Without a name nothing is left behind, however the process ends.
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.Delete(path);
            }

            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(error);
        }
    }

    private static async ValueTask WriteAsync(SafeFileHandle file, ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(file, bytes, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw Failed(error);
        }
    }

    private static ProviderException Failed(Exception error) =>
        new(WaybillErrorCode.TargetWriteFailed, "file", $"The bundle from standard input could not be kept: {error.Message}", error)
        {
            ObjectName = Path.GetTempPath(),
            Hint = "set TMPDIR to a directory with enough space, or give the bundle as a file",
        };
}
