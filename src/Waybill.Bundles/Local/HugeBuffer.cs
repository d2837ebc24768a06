using System.Runtime.InteropServices;

namespace Waybill.Bundles;

/// <summary>Memory that the kernel hands to a device as it is: aligned, and in few large pages, of which a request can name more than of small ones.</summary>
internal sealed unsafe class HugeBuffer : IDisposable
{
    private const int HugePage = 2 * 1024 * 1024;

    private readonly int _length;
    private void* _memory;

    public HugeBuffer(int length)
    {
        _length = length;
        _memory = NativeMemory.AlignedAlloc((nuint)length, HugePage);

        // A wish: without huge pages writing is slower and all the same.
        _ = Libc.Advise(_memory, (nuint)length, Libc.AdviceHugePages);
    }

    public Span<byte> Span => _memory is null ? throw new ObjectDisposedException(nameof(HugeBuffer)) : new Span<byte>(_memory, _length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
