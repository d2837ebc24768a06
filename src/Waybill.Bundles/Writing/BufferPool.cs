using System.Collections.Concurrent;

namespace Waybill.Bundles.Writing;

/// <summary>Reuses buffers of one size. How many exist is bounded by whoever bounds the work in flight.</summary>
internal sealed class BufferPool(int size)
{
    private readonly ConcurrentBag<byte[]> _free = [];

    public int BufferSize => size;

    public byte[] Rent() => _free.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(size);

    public void Return(byte[] buffer) => _free.Add(buffer);
}
