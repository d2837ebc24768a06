using System.Runtime.CompilerServices;

namespace Waybill.Bundles.Entries;

/// <summary>Lists the entries of a stream that can be read at any place.</summary>
internal static class EntryReader
{
    private const int PieceLength = 1024 * 1024;

    public static async IAsyncEnumerable<RawEntry> ReadAsync(BlockReader content, StreamKind kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var assembler = new EntryAssembler(kind);
        var piece = new byte[(int)Math.Min(PieceLength, Math.Max(content.Length, 1))];
        for (long offset = 0; offset < content.Length;)
        {
            int read = await content.ReadAsync(offset, piece, cancellationToken).ConfigureAwait(false);
            offset += read;
            foreach (RawEntry entry in assembler.Append(piece.AsSpan(0, read)))
            {
                yield return entry;
            }
        }

        assembler.Complete();
    }
}
