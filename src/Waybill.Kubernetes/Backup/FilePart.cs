using System.Security.Cryptography;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;

namespace Waybill.Kubernetes;

/// <summary>What one call says of a part of a file.</summary>
/// <param name="Ranges">Where it may hold anything but zeros.</param>
/// <param name="Bytes">The content, shorter than asked for where the file ends before; empty if only ranges were asked for.</param>
/// <param name="Change">What is to be known of the file's content now; null if nothing is.</param>
internal sealed record FilePart(IReadOnlyList<ByteRange> Ranges, byte[] Bytes, FileGap? Change)
{
    private const int MaxRanges = 1 << 22;

    /// <summary>Reads an answer to its end, and believes nothing that can be checked.</summary>
    public static async Task<FilePart> ReadAsync(
        IAsyncStreamReader<ReadFileResponse> responses, ByteRange wanted, bool rangesOnly, string provider, string name, CancellationToken cancellationToken)
    {
        var ranges = new List<ByteRange>();
        byte[] bytes = rangesOnly ? [] : new byte[wanted.Length];
        ulong received = 0;
        long position = wanted.Offset;
        while (await responses.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            ReadFileResponse response = responses.Current;
            switch (response.PartCase)
            {
                case ReadFileResponse.PartOneofCase.Ranges when rangesOnly:
                    foreach (Waybill.Backup.Wire.Range range in response.Ranges.Ranges_)
                    {
                        Add(Take(range.Offset, range.Length));
                    }

                    break;
                case ReadFileResponse.PartOneofCase.Chunk when !rangesOnly:
                    Chunk chunk = response.Chunk;
                    ByteRange place = Take(chunk.Offset, chunk.Length);
                    if (chunk.Kind != RangeKind.Data || chunk.Data.Length != place.Length)
                    {
                        throw Broken("a piece of a file holds exactly its length of data");
                    }

                    if (!chunk.Sha256.Span.SequenceEqual(SHA256.HashData(chunk.Data.Span)))
                    {
                        throw BackupErrors.Mismatch(provider, name, place.Offset);
                    }

                    chunk.Data.Span.CopyTo(bytes.AsSpan((int)(place.Offset - wanted.Offset)));
                    Add(place);
                    received += chunk.Length;
                    break;
                case ReadFileResponse.PartOneofCase.End:
                    FileEnd end = response.End;
                    if (end.Bytes != received || (end.HasEndsAt && (end.EndsAt < (ulong)position || end.EndsAt > (ulong)wanted.End)) || (end.Change is not null && !FileMessages.IsSound(end.Change)))
                    {
                        throw Broken("the end of a file does not agree with what came before it");
                    }

                    int known = end.HasEndsAt && !rangesOnly ? (int)((long)end.EndsAt - wanted.Offset) : bytes.Length;
                    return await responses.MoveNext(cancellationToken).ConfigureAwait(false) ? throw Broken("a stream goes on after its end")
                        : new FilePart(ranges, bytes[..known], end.Change is null ? null : FileMessages.Read(end.Change));
                default:
                    throw Broken("a file comes in pieces of the kind that was asked for, and an end");
            }
        }

        throw Broken("a stream ended without its end");

        ByteRange Take(ulong offset, ulong length)
        {
            if (length == 0 || offset < (ulong)position || offset > (ulong)wanted.End || length > (ulong)wanted.End - offset)
            {
                throw Broken("pieces of a file ascend, do not overlap, are not empty and lie within what was asked for");
            }

            position = (long)(offset + length);
            return new ByteRange((long)offset, (long)length);
        }

        void Add(ByteRange place)
        {
            if (ranges.Count > 0 && ranges[^1].End == place.Offset)
            {
                ranges[^1] = ByteRange.FromBounds(ranges[^1].Offset, place.End);
            }
            else
            {
                ranges.Add(ranges.Count < MaxRanges ? place : throw Broken($"a file has more than {MaxRanges} parts"));
            }
        }

        ProviderException Broken(string why) => BackupErrors.Broken(provider, name, why, position);
    }
}
