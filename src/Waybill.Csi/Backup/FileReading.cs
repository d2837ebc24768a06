using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>Hands over an open file, or says where it may hold anything but zeros.</summary>
internal sealed class FileReading(BackupCall call, FileContent content, IServerStreamWriter<ReadFileResponse> responses)
{
    /// <summary>Sends the ranges of a part of it that are not holes.</summary>
    public async Task<FileEnd> ListAsync(ByteRange wanted)
    {
        var ranges = new Ranges();
        await foreach (ByteRange range in RangesAsync(wanted).ConfigureAwait(false))
        {
            ranges.Ranges_.Add(new Waybill.Backup.Wire.Range { Offset = (ulong)range.Offset, Length = (ulong)range.Length, Kind = RangeKind.Data });
            if (ranges.Ranges_.Count == BackupStreams.MaxRanges)
            {
                await SendAsync(new ReadFileResponse { Ranges = ranges }).ConfigureAwait(false);
                ranges = new Ranges();
            }
        }

        if (ranges.Ranges_.Count > 0)
        {
            await SendAsync(new ReadFileResponse { Ranges = ranges }).ConfigureAwait(false);
        }

        return new FileEnd();
    }

    /// <summary>Sends the content of a part of it.</summary>
    public async Task<FileEnd> ReadAsync(ByteRange wanted)
    {
        var end = new FileEnd();
        var buffer = new byte[(int)Math.Min(wanted.Length, BackupStreams.MaxChunkBytes)];
        long known = wanted.Offset;
        await foreach (ByteRange range in RangesAsync(wanted).ConfigureAwait(false))
        {
            for (long offset = range.Offset; offset < range.End;)
            {
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, range.End - offset));
                int read = await content.ReadAsync(offset, piece, call.Stop).ConfigureAwait(false);
                if (read > 0)
                {
                    await call.SpendAsync(new ByteRange(offset, read), read).ConfigureAwait(false);
                    await SendAsync(new ReadFileResponse { Chunk = BackupStreams.MakeChunk(VolumeChange.Write(offset, piece[..read])) }).ConfigureAwait(false);
                    end.Bytes += (ulong)read;
                    offset += read;
                }

                if (read < piece.Length)
                {
                    // It became shorter since it was listed.
                    end.EndsAt = (ulong)offset;
                    return end;
                }
            }

            known = range.End;
        }

        // A hole at the end, or no file any more: what there is says nothing of that.
        if (known < wanted.End && await content.ReadAsync(wanted.End - 1, buffer.AsMemory(0, 1), call.Stop).ConfigureAwait(false) == 0)
        {
            end.EndsAt = (ulong)known;
        }

        return end;
    }

    private async IAsyncEnumerable<ByteRange> RangesAsync(ByteRange wanted)
    {
        if (wanted.IsEmpty)
        {
            yield break;
        }

        await foreach (ByteRange range in content.GetDataRangesAsync(wanted.Offset, call.Stop).ConfigureAwait(false))
        {
            call.Progressed();
            if (range.Offset >= wanted.End)
            {
                yield break;
            }

            if (range.Intersect(wanted) is { IsEmpty: false } part)
            {
                yield return part;
            }
        }
    }

    private async Task SendAsync(ReadFileResponse response)
    {
        await responses.WriteAsync(response, call.Stop).ConfigureAwait(false);
        call.Progressed();
    }
}
