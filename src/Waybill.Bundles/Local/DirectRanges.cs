using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Writes ranges of a file past the page cache where they are long and aligned; the others are for the page cache.</summary>
internal sealed class DirectRanges : IDisposable
{
    /// <summary>What a range and its memory are aligned to: what devices ask for at most.</summary>
    public const int Alignment = 4096;

    // A shorter range takes the device longer than it takes the page cache.
    private const int MinLength = 128 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;

    private DirectRanges(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
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
    public bool TryWrite(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < MinLength || (((ulong)offset | (uint)bytes.Length | AddressOf(bytes)) & (Alignment - 1)) != 0)
        {
            return false;
        }

        try
        {
            LocalFile.Write(_file, _path, offset, bytes);
            return true;
        }
        catch (ProviderException e) when (e.InnerException is IOException { HResult: Errno.Invalid })
        {
            // A file system that takes the flag and not the write, or a device that wants more.
            return false;
        }
    }

    public void Dispose() => _file.Dispose();

    // Memory that is not pinned may move before it is written; then the write is refused or not, and right in both cases.
    private static unsafe ulong AddressOf(ReadOnlySpan<byte> bytes) => (ulong)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
}
