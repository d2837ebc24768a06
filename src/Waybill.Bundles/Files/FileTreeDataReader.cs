using System.Runtime.CompilerServices;

namespace Waybill.Bundles;

/// <summary>The content of a FILE_DATA stream, read from the files of a tree. A file that cannot be read is zeros and a gap; a fault that passes is neither, and ends the reading.</summary>
internal sealed class FileTreeDataReader : BlockReader
{
    // When a read fails, as much around the damaged place counts as lost.
    private const int SalvageUnit = 64 * 1024;

    // Files that are far away are asked for at once, not each when the one before has come. Those at hand are read on the calling thread, one by one.
    private const int MostAtOnce = 8;

    private readonly FileTreeSource _source;
    private readonly EntrySpool _spool;
    private readonly IndexedExtent[] _index;
    private readonly FileGapCollector _gaps;
    private readonly OpenFileCache _files;

    public FileTreeDataReader(FileTreeSource source, EntrySpool spool, IndexedExtent[] index, long length, FileGapCollector gaps)
    {
        _source = source;
        _spool = spool;
        _index = index;
        _gaps = gaps;
        _files = new OpenFileCache(position => OpenAsync(position, CancellationToken.None).AsTask(), CloseAsync);
        Length = length;
    }

    public override long Length { get; }

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        Memory<byte> rest = destination[..(int)Math.Min(destination.Length, Length - offset)];
        int total = rest.Length;
        long end = offset + total;
        var running = new List<Task>();
        try
        {
            for (int i = FindFirst(offset); i < _index.Length && _index[i].DataOffset < end; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                IndexedExtent extent = _index[i];
                long start = Math.Max(offset, extent.DataOffset);
                rest.Span[..(int)(start - offset)].Clear();
                rest = rest[(int)(start - offset)..];
                int count = (int)Math.Min(rest.Length, extent.DataEnd - start);
                Task reading = ReadAsync(extent, start - extent.DataOffset, rest[..count], cancellationToken).AsTask();
                if (!reading.IsCompletedSuccessfully)
                {
                    running.Add(reading);
                }

                if (running.Count == MostAtOnce)
                {
                    Task ended = await Task.WhenAny(running).ConfigureAwait(false);
                    running.Remove(ended);
                    await ended.ConfigureAwait(false);
                }

                rest = rest[count..];
                offset = start + count;
            }

            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch
        {
            // The memory is the caller's again when this returns.
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        rest.Span.Clear();
        return total;
    }

    /// <summary>Gets what is in use, in whole units of 512 bytes.</summary>
    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        ByteRange current = default;
        foreach (IndexedExtent extent in _index)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (extent.DataOffset == current.End)
            {
                current = ByteRange.FromBounds(current.Offset, DataRangeList.AlignUp(extent.DataEnd));
                continue;
            }

            if (!current.IsEmpty)
            {
                yield return current;
            }

            current = ByteRange.FromBounds(extent.DataOffset, DataRangeList.AlignUp(extent.DataEnd));
        }

        if (!current.IsEmpty)
        {
            yield return current;
        }
    }

    /// <summary>Closes all files, looking once more whether they changed while they were read.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _files.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    // The first extent that ends behind the offset; extents do not overlap, so their ends ascend too.
    private int FindFirst(long offset)
    {
        int low = 0;
        int high = _index.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_index[middle].DataEnd <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private async ValueTask ReadAsync(IndexedExtent extent, long skip, Memory<byte> destination, CancellationToken cancellationToken)
    {
        long fileOffset = extent.FileOffset + skip;
        if (extent.IsOnly && destination.Length == extent.Length)
        {
            // All there is of the file: mostly one of very many small ones, not worth a place among the open files.
            OpenFile file = await OpenAsync(extent.EntryPosition, cancellationToken).ConfigureAwait(false);
            try
            {
                await ReadAsync(file, fileOffset, destination, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await CloseAsync(file).ConfigureAwait(false);
            }

            return;
        }

        OpenFile shared = await _files.RentAsync(extent.EntryPosition).ConfigureAwait(false);
        try
        {
            await ReadAsync(shared, fileOffset, destination, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await _files.ReturnAsync(shared).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadAsync(OpenFile file, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (file.Content is null)
        {
            Lose(file, offset, destination, file.Problem!);
            return;
        }

        try
        {
            int count = await file.Content.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            LoseBehindEnd(file, offset, destination, count);
        }
        catch (Exception e) when (IsUnreadable(e) && destination.Length > SalvageUnit)
        {
            for (int done = 0; done < destination.Length; done += SalvageUnit)
            {
                await ReadAsync(file, offset + done, destination[done..Math.Min(destination.Length, done + SalvageUnit)], cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            Lose(file, offset, destination, e.Message);
        }
    }

    /// <summary>
    /// Tells whether an exception says that a file cannot be read, now or later. What passes, an expired token or a platform that is busy, says nothing of
    /// the file: as a gap it would be a loss that the next attempt does not have. Sources made by others may throw the exceptions of their own world.
    /// </summary>
    internal static bool IsUnreadable(Exception e) => e is WaybillException { IsTransient: false } or IOException;

    private void LoseBehindEnd(OpenFile file, long offset, Memory<byte> destination, int count)
    {
        if (count < destination.Length)
        {
            Lose(file, offset + count, destination[count..], "the file became shorter before it was read");
        }
    }

    private void Lose(OpenFile file, long offset, Memory<byte> destination, string reason)
    {
        destination.Span.Clear();
        _gaps.Add(file.Position, new FileGap(FileGap.Data, reason, offset, destination.Length));
    }

    private async ValueTask<OpenFile> OpenAsync(long position, CancellationToken cancellationToken)
    {
        FileTreeEntry entry = FileEntryCodec.Decode(_spool.Read(position), Length, 0);
        try
        {
            return new OpenFile(position, entry, await _source.OpenAsync(entry, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return new OpenFile(position, entry, null, e.Message);
        }
    }

    private async ValueTask CloseAsync(OpenFile file)
    {
        if (file.Content is null)
        {
            return;
        }

        await using (file.Content.ConfigureAwait(false))
        {
            if (await file.Content.FindChangeAsync().ConfigureAwait(false) is { } change)
            {
                _gaps.Add(file.Position, change);
            }
        }
    }
}
