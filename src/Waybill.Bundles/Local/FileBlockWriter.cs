using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Writes a volume to a local file (an image) or a block device.</summary>
/// <remarks>
/// Long ranges of a new file are written past the page cache where the file system offers that, on other threads; anything else is written before
/// <see cref="WriteAsync"/> returns, on the calling thread. <see cref="CompleteAsync"/> makes it durable.
/// </remarks>
public sealed class FileBlockWriter : BlockWriter
{
    // Zeros of the device itself are asked for in whole pages, so that what shares a page with the range is not disturbed.
    private const int PageSize = 4096;

    private static readonly byte[] s_zeros = new byte[1 << 20];

    private readonly SafeFileHandle _file;
    private readonly UnpublishedFile? _newFile;
    private readonly bool _isDevice;
    private readonly EarlyWriteback? _writeback;
    private readonly DirectRanges? _direct;
    private volatile bool _cannotPunch;

    private FileBlockWriter(SafeFileHandle file, string path, long length, UnpublishedFile? newFile, bool isDevice, bool durable = true)
    {
        _file = file;
        Path = path;
        Length = length;
        _newFile = newFile;
        _isDevice = isDevice;
        _writeback = durable ? new EarlyWriteback(file) : null;

        // Only what is new: what exists already may lie in the page cache.
        _direct = newFile is not null ? DirectRanges.TryOpen(file, path) : null;
    }

    /// <summary>Gets the name of the file or device.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override bool StartsZeroed => _newFile is not null;

    /// <summary>Starts a new, sparse file, which appears under its name when <see cref="CompleteAsync"/> succeeds and not before.</summary>
    /// <param name="path">The name it will have, in a directory that exists.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <param name="durable">Whether it is on the disk before it gets its name; false leaves that to the system, and a power cut can lose it.</param>
    /// <returns>The writer; disposing it before <see cref="CompleteAsync"/> removes what was written.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetExists"/>, <see cref="WaybillErrorCode.NoSpace"/> or <see cref="WaybillErrorCode.TargetWriteFailed"/>.</exception>
    public static FileBlockWriter Create(string path, long length, bool durable = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        UnpublishedFile file = UnpublishedFile.Create(path, durable);
        try
        {
            RandomAccess.SetLength(file.File, length);
            return new FileBlockWriter(file.File, file.Path, length, file, isDevice: false, durable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw Errno.ToTargetError(e, path);
        }
        catch (Exception)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens an existing file or block device to write over what it holds; its size stays as it is.</summary>
    /// <param name="path">Its name. A block device that is mounted or otherwise in use is refused.</param>
    /// <returns>The writer; the caller disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetWriteFailed"/>: it is missing, in use, may not be written, or is neither a file nor a block device.</exception>
    public static FileBlockWriter OpenExisting(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Libc.IsSupported)
        {
            return OpenByLibc(path);
        }

        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            return new FileBlockWriter(file, path, RandomAccess.GetLength(file), null, isDevice: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, path);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        RequireInside(new ByteRange(offset, source.Length));
        return _direct is null || cancellationToken.IsCancellationRequested
            ? Run(() => WriteCached(offset, source.Span), cancellationToken)
            : WriteDirectAsync(_direct, offset, source);
    }

    /// <summary>Makes a range read as zeros: by a hole in a file, by the device's own means on a device, and by writing zeros where neither works.</summary>
    /// <param name="range">The range.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the range reads as zeros.</returns>
    public override ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default)
    {
        RequireInside(range);
        return Run(() => WriteZeroes(range, cancellationToken), cancellationToken);
    }

    /// <summary>Makes everything written durable; a file from <see cref="Create"/> gets its name now.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when a power cut would lose nothing, unless the file was created as not durable.</returns>
    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        if (_newFile is null)
        {
            await Task.Run(() => UnpublishedFile.Flush(_file, Path), cancellationToken).ConfigureAwait(false);
        }
        else if (!_newFile.IsPublished)
        {
            await Task.Run(_newFile.Publish, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _direct?.Dispose();
        _file.Dispose();
        _newFile?.Dispose();
        return base.DisposeAsync();
    }

    private static FileBlockWriter OpenByLibc(string path)
    {
        // O_EXCL without O_CREAT means, for a block device: only if nothing else uses it. For a regular file it has no meaning, so ask first.
        bool isDevice;
        using (SafeFileHandle probe = Libc.Open(path, Libc.OpenPath))
        {
            if (probe.IsInvalid || !Libc.TryGetStatus(probe, out FileStatus status))
            {
                throw Errno.ToTargetError(Errno.Last, path);
            }

            isDevice = status.Kind == FileKind.BlockDevice;
        }

        int flags = Libc.OpenReadWrite | Libc.OpenNonBlocking | Libc.OpenNoTerminal | (isDevice ? Libc.OpenExclusive : 0);
        SafeFileHandle file = Libc.Open(path, flags);
        if (!file.IsInvalid)
        {
            return new FileBlockWriter(file, path, LocalFile.GetLength(file, path, error => Errno.ToTargetError(error, path)), null, isDevice);
        }

        int error = Errno.Last;
        throw error != Errno.Busy
            ? Errno.ToTargetError(error, path)
            : new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", "The device is in use")
            {
                ObjectName = path,
                Hint = "Unmount it, and stop what else uses it.",
            };
    }

    private static ValueTask Run(Action action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        try
        {
            action();
            return ValueTask.CompletedTask;
        }
        catch (OperationCanceledException)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }
        catch (Exception e) when (e is WaybillException or ObjectDisposedException)
        {
            return ValueTask.FromException(e);
        }
    }

    private async ValueTask WriteDirectAsync(DirectRanges direct, long offset, ReadOnlyMemory<byte> source)
    {
        if (!await direct.TryWriteAsync(offset, source).ConfigureAwait(false))
        {
            WriteCached(offset, source.Span);
        }
    }

    private void WriteCached(long offset, ReadOnlySpan<byte> source)
    {
        LocalFile.Write(_file, Path, offset, source);
        _writeback?.Wrote(source.Length);
    }

    private void WriteZeroes(ByteRange range, CancellationToken cancellationToken)
    {
        if (range.IsEmpty)
        {
            return;
        }

        if (!Libc.IsSupported || _cannotPunch)
        {
            FillWithZeros(range, cancellationToken);
        }
        else if (!_isDevice)
        {
            if (Libc.Allocate(_file, Libc.FallocatePunchHole | Libc.FallocateKeepSize, range.Offset, range.Length) != 0)
            {
                FallBackToZeros(range, cancellationToken);
            }
        }
        else
        {
            long start = Math.Min(range.End, (range.Offset + PageSize - 1) / PageSize * PageSize);
            long end = Math.Max(start, range.End / PageSize * PageSize);
            FillWithZeros(ByteRange.FromBounds(range.Offset, start), cancellationToken);
            if (end > start && !TryZeroOut(start, end - start))
            {
                FallBackToZeros(ByteRange.FromBounds(start, end), cancellationToken);
            }

            FillWithZeros(ByteRange.FromBounds(end, range.End), cancellationToken);
        }
    }

    private unsafe bool TryZeroOut(long offset, long length)
    {
        ulong* range = stackalloc ulong[2] { (ulong)offset, (ulong)length };
        return Libc.Control(_file, Libc.BlockZeroOut, range) == 0;
    }

    private void FallBackToZeros(ByteRange range, CancellationToken cancellationToken)
    {
        if (Errno.Last is not (Errno.NotSupported or Errno.NotImplemented or Errno.Invalid or Errno.NotTerminal))
        {
            throw Errno.ToTargetError(Errno.Last, Path, range.Offset);
        }

        _cannotPunch = true;
        FillWithZeros(range, cancellationToken);
    }

    private void FillWithZeros(ByteRange range, CancellationToken cancellationToken)
    {
        for (long position = range.Offset; position < range.End;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(s_zeros.Length, range.End - position);
            LocalFile.Write(_file, Path, position, s_zeros.AsSpan(0, count));
            position += count;
        }
    }

    private void RequireInside(ByteRange range)
    {
        if (_newFile is { IsPublished: true })
        {
            throw new InvalidOperationException("The file is complete and has its name; nothing can be added.");
        }

        if (range.Offset < 0 || range.Length < 0 || range.Length > Length - range.Offset)
        {
            throw new ArgumentOutOfRangeException(nameof(range), range, $"The range lies outside the {Length} bytes of the target.");
        }
    }
}
