namespace Waybill.Samples.QemuNbd;

/// <summary>Writes to an export, at any offset.</summary>
internal sealed class NbdBlockWriter(NbdSession session, NbdExport export, bool startsZeroed) : BlockWriter
{
    private const int ZeroPiece = 1024 * 1024;

    // What is smaller than a block is read, changed and written back: one at a time, or neighbours undo each other.
    private readonly SemaphoreSlim _changing = new(1, 1);

    public override long Length => export.Length;

    public override bool StartsZeroed => startsZeroed;

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Length - offset, nameof(offset));
        if (source.IsEmpty)
        {
            return;
        }

        if (IsAligned(offset) && IsAligned(source.Length))
        {
            await session.RunAsync(client => client.WriteAsync(offset, source, cancellationToken), cancellationToken).ConfigureAwait(false);
            return;
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long begin = offset - (offset % export.MinBlock);
            long end = Math.Min(Length, (offset + source.Length + export.MinBlock - 1) / export.MinBlock * export.MinBlock);
            var whole = new byte[end - begin];
            await session.RunAsync(client => client.ReadAsync(begin, whole, cancellationToken), cancellationToken).ConfigureAwait(false);
            source.CopyTo(whole.AsMemory((int)(offset - begin)));
            await session.RunAsync(client => client.WriteAsync(begin, whole, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    public override async ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.End, Length, nameof(range));
        if (export.Flags.HasFlag(NbdExportFeatures.SendWriteZeroes) && IsAligned(range.Offset) && IsAligned(range.Length))
        {
            await session.RunAsync(client => client.WriteZeroesAsync(range, cancellationToken: cancellationToken), cancellationToken).ConfigureAwait(false);
            return;
        }

        var zeros = new byte[Math.Min(ZeroPiece, range.Length)];
        for (long position = range.Offset; position < range.End; position += zeros.Length)
        {
            await WriteAsync(position, zeros.AsMemory(0, (int)Math.Min(zeros.Length, range.End - position)), cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        if (export.Flags.HasFlag(NbdExportFeatures.SendFlush))
        {
            await session.RunAsync(client => client.FlushAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await session.DisposeAsync().ConfigureAwait(false);
        _changing.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsAligned(long value) => value % export.MinBlock == 0;
}
