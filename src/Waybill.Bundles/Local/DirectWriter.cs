using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Writes the rest of a file past the page cache: a thread writes one buffer while the caller, one at a time, fills the other.</summary>
/// <remarks>A failed write is reported by the next call, and by every one after it. What does not fill a buffer is written by <see cref="CompleteAsync"/>.</remarks>
internal sealed class DirectWriter : IDisposable
{
    /// <summary>The length of each buffer: long enough that the device works on while threads wait for a processor that compresses.</summary>
    public const int BufferSize = 8 * 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly EarlyWriteback _writeback;

    // Held by whoever may touch what belongs to the write under way.
    private readonly SemaphoreSlim _idle = new(1, 1);
    private readonly SemaphoreSlim _handedOver = new(0, 1);
    private readonly Thread _thread;
    private HugeBuffer _filling = new(BufferSize);
    private HugeBuffer _writing = new(BufferSize);
    private int _filled;
    private long _offset;
    private bool _isDirect = true;
    private bool _ended;
    private Exception? _failure;

    /// <summary>Starts with a file that writes directly already.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, for errors.</param>
    /// <param name="offset">Where to go on writing.</param>
    /// <param name="writeback">Hears of what goes through the page cache after all.</param>
    private DirectWriter(SafeFileHandle file, string path, long offset, EarlyWriteback writeback)
    {
        _file = file;
        _path = path;
        _offset = offset;
        _writeback = writeback;

        // Not of the pool: it has a thread for each processor, all of them busy encoding, and this one waits for the device most of the time.
        _thread = new Thread(Run) { IsBackground = true, Name = "waybill output" };
        _thread.UnsafeStart();
    }

    /// <summary>Gets where the next byte goes.</summary>
    public long Position => _offset + _filled;

    private bool IsFull => _filled == BufferSize;

    /// <summary>Begins to write directly.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, for errors.</param>
    /// <param name="offset">Where to go on writing; if it is not aligned as the device wants it, the page cache is used after all.</param>
    /// <param name="writeback">Hears of what goes through the page cache after all.</param>
    /// <returns>The writer, which the caller disposes; <see langword="null"/> where the system or the file system does not offer it.</returns>
    public static DirectWriter? TryBegin(SafeFileHandle file, string path, long offset, EarlyWriteback writeback) =>
        Libc.IsSupported && Libc.SetStatusFlags(file, Libc.OpenDirect) == 0 ? new DirectWriter(file, path, offset, writeback) : null;

    /// <summary>Takes bytes; waits while both buffers are full.</summary>
    /// <remarks>The wait cannot be cancelled: it ends with one write, and a caller could not know how many of the bytes were taken.</remarks>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (IsFull)
            {
                await _idle.WaitAsync().ConfigureAwait(false);
                HandOver();
            }

            bytes = bytes[Fill(bytes.Span)..];
        }
    }

    /// <summary>Takes bytes; waits on the calling thread while both buffers are full.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (IsFull)
            {
                _idle.Wait();
                HandOver();
            }

            bytes = bytes[Fill(bytes)..];
        }
    }

    /// <summary>Waits for the write under way and writes the rest, which need not end with a block of the device, through the page cache.</summary>
    public async ValueTask CompleteAsync()
    {
        await _idle.WaitAsync().ConfigureAwait(false);
        WriteRest();
    }

    /// <summary>The same, waiting on the calling thread.</summary>
    public void Complete()
    {
        _idle.Wait();
        WriteRest();
    }

    /// <summary>Waits for the write under way, so that nothing touches the file any more; drops what was not written.</summary>
    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _idle.Wait();
        _ended = true;
        _handedOver.Release();
        _thread.Join();
        _idle.Dispose();
        _handedOver.Dispose();
        _filling.Dispose();
        _writing.Dispose();
    }

    private int Fill(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, BufferSize - _filled);
        bytes[..count].CopyTo(_filling.Span[_filled..]);
        _filled += count;
        return count;
    }

    private void HandOver()
    {
        if (_failure is not null)
        {
            _idle.Release();
            ExceptionDispatchInfo.Throw(_failure);
        }

        (_filling, _writing) = (_writing, _filling);
        _offset += _filled;
        _filled = 0;
        _handedOver.Release();
    }

    private void WriteRest()
    {
        try
        {
            if (_failure is not null)
            {
                ExceptionDispatchInfo.Throw(_failure);
            }

            UsePageCache();
            LocalFile.Write(_file, _path, _offset, _filling.Span[.._filled]);
            _offset += _filled;
            _filled = 0;
        }
        finally
        {
            _idle.Release();
        }
    }

    private void Run()
    {
        while (true)
        {
            _handedOver.Wait();
            if (_ended)
            {
                return;
            }

            try
            {
                WriteBuffer(_offset - BufferSize, _writing.Span);
            }
#pragma warning disable CA1031 // Kept, and thrown to the caller from now on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = e;
            }
            finally
            {
                _idle.Release();
            }
        }
    }

    private void WriteBuffer(long offset, ReadOnlySpan<byte> bytes)
    {
        if (_isDirect)
        {
            try
            {
                LocalFile.Write(_file, _path, offset, bytes);
                return;
            }
            catch (ProviderException e) when (e.InnerException is IOException { HResult: Errno.Invalid })
            {
                // Some file systems take the flag and refuse the write, or want more alignment than there is. If it is something else, the next write says so too.
                UsePageCache();
            }
        }

        LocalFile.Write(_file, _path, offset, bytes);
        _writeback.Wrote(bytes.Length);
    }

    private void UsePageCache()
    {
        // Of the flags that can be changed, a new file has no other.
        _ = Libc.SetStatusFlags(_file, 0);
        _isDirect = false;
    }
}
