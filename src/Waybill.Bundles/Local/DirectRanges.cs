using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Writes ranges of a file past the page cache, on threads of its own, where they are long and aligned; the others are for the page cache.</summary>
internal sealed class DirectRanges : IDisposable
{
    /// <summary>What a range and its memory are aligned to: what devices ask for at most.</summary>
    public const int Alignment = 4096;

    // A shorter range takes the device longer than it takes the page cache.
    private const int MinLength = 128 * 1024;

    // One request at a time leaves the device idle between two; more than a few only queue.
    private const int Threads = 2;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly BlockingCollection<PendingWrite> _pending = [];
    private readonly Thread[] _threads = new Thread[Threads];

    private DirectRanges(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;

        // Not of the pool: it has a thread for each processor, all of them busy decoding, and these wait for the device most of the time.
        for (int i = 0; i < Threads; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = "waybill output" };
            _threads[i].UnsafeStart();
        }
    }

    /// <summary>Opens an open file a second time, so that both ways of writing can be used at once.</summary>
    /// <param name="open">The file; by its descriptor, because its name may be somebody else's meanwhile.</param>
    /// <param name="path">Its name, for errors.</param>
    /// <returns>The writer, which the caller disposes; <see langword="null"/> where the system or the file system does not offer it.</returns>
    public static DirectRanges? TryOpen(SafeFileHandle open, string path)
    {
        if (!Libc.IsSupported)
        {
            return null;
        }

        SafeFileHandle file = Libc.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{open.DangerousGetHandle()}"), Libc.OpenWriteOnly | Libc.OpenDirect);
        if (!file.IsInvalid)
        {
            return new DirectRanges(file, path);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Makes a buffer that can be written from; it stays where it is.</summary>
    public static Memory<byte> AllocateAligned(int length)
    {
        byte[] memory = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true);
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return memory.AsMemory((int)(-address & (Alignment - 1)), length);
    }

    /// <summary>Writes a range, unless the page cache is the better or the only way.</summary>
    /// <returns>Whether it was written; if not, the file may hold any part of it.</returns>
    public ValueTask<bool> TryWriteAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < MinLength || (((ulong)offset | (uint)bytes.Length | AddressOf(bytes.Span)) & (Alignment - 1)) != 0)
        {
            return ValueTask.FromResult(false);
        }

        var write = new PendingWrite(offset, bytes);
        _pending.Add(write);
        return new ValueTask<bool>(write.Task);
    }

    /// <summary>Waits for what is being written, so that nothing touches the file any more.</summary>
    public void Dispose()
    {
        _pending.CompleteAdding();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _pending.Dispose();
        _file.Dispose();
    }

    private void Run()
    {
        foreach (PendingWrite write in _pending.GetConsumingEnumerable())
        {
            try
            {
                LocalFile.Write(_file, _path, write.Offset, write.Bytes.Span);
                write.SetResult(true);
            }
            catch (ProviderException e) when (e.InnerException is IOException { HResult: Errno.Invalid })
            {
                // A file system that takes the flag and not the write, or a device that wants more.
                write.SetResult(false);
            }
#pragma warning disable CA1031 // Reaches whoever waits for this write.
            catch (Exception e)
#pragma warning restore CA1031
            {
                write.SetException(e);
            }
        }
    }

    // Memory that is not pinned may move before it is written; then the write is refused or not, and right in both cases.
    private static unsafe ulong AddressOf(ReadOnlySpan<byte> bytes) => (ulong)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));

    private sealed class PendingWrite(long offset, ReadOnlyMemory<byte> bytes) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Offset => offset;

        public ReadOnlyMemory<byte> Bytes => bytes;
    }
}
