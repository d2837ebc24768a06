using System.Runtime.CompilerServices;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>A volume that can be read as far as the plan lets it.</summary>
internal sealed class FaultySource(byte[] content, FaultPlan plan) : BlockReader
{
    public override long Length => content.Length;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        using IDisposable call = plan.Enter("read");
        cancellationToken.ThrowIfCancellationRequested();
        int length = (int)Math.Min(destination.Length, content.Length - offset);
        content.AsMemory((int)offset, length).CopyTo(destination);
        return length;
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int start = 0; start < content.Length; start += 65_536)
        {
            await Task.Yield();
            int length = Math.Min(65_536, content.Length - start);
            using IDisposable call = plan.Enter("list");
            cancellationToken.ThrowIfCancellationRequested();
            if (content.AsSpan(start, length).ContainsAnyExcept((byte)0))
            {
                yield return new ByteRange(start, length);
            }
        }
    }
}
