namespace Waybill.Samples.QemuNbd;

/// <summary>The content of an export.</summary>
internal sealed class NbdBlockReader(NbdSession session, NbdExport export) : BlockReader
{
    public override long Length => export.Length;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        int count = (int)Math.Min(destination.Length, Math.Max(0, Length - offset));
        if (count == 0)
        {
            return 0;
        }

        Memory<byte> part = destination[..count];
        long begin = offset - (offset % export.MinBlock);
        long end = Math.Min(Length, (offset + count + export.MinBlock - 1) / export.MinBlock * export.MinBlock);
        if (begin == offset && end == offset + count)
        {
            await session.RunAsync(client => client.ReadAsync(offset, part, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            var whole = new byte[end - begin];
            await session.RunAsync(client => client.ReadAsync(begin, whole, cancellationToken), cancellationToken).ConfigureAwait(false);
            whole.AsMemory((int)(offset - begin), count).CopyTo(part);
        }

        return count;
    }

    public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) =>
        AllocationMap.ListAsync(session, 0, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await session.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
