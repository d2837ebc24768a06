using System.Buffers.Binary;
using System.Text;

namespace Waybill.Samples.QemuNbd;

/// <summary>Reads one answer, or one chunk of an answer, and gives its content to its request. Every size is checked before anything is allocated.</summary>
internal sealed class NbdAnswers(NbdWire wire)
{
    private const uint SimpleMagic = 0x67446698;
    private const uint StructuredMagic = 0x668e33ef;

    /// <summary>Reads the next answer.</summary>
    /// <param name="find">Gives the request of a cookie, or fails.</param>
    /// <returns>The cookie, and whether its request is answered now.</returns>
    public async Task<(ulong Cookie, bool IsLast)> ReadAsync(Func<ulong, NbdRequest> find)
    {
        uint magic = await wire.ReadUInt32Async(CancellationToken.None).ConfigureAwait(false);
        return magic switch
        {
            SimpleMagic => await ReadSimpleAsync(find).ConfigureAwait(false),
            StructuredMagic => await ReadChunkAsync(find).ConfigureAwait(false),
            _ => throw NbdFailure.Protocol($"an answer begins with 0x{magic:x8}"),
        };
    }

    private async Task<(ulong Cookie, bool IsLast)> ReadSimpleAsync(Func<ulong, NbdRequest> find)
    {
        byte[] rest = await wire.ReadAsync(12, CancellationToken.None).ConfigureAwait(false);
        uint error = BinaryPrimitives.ReadUInt32BigEndian(rest);
        ulong cookie = BinaryPrimitives.ReadUInt64BigEndian(rest.AsSpan(4));
        NbdRequest request = find(cookie);
        if (error != 0)
        {
            request.Refuse(error, "");
        }
        else if (request.Command is NbdCommand.Read or NbdCommand.BlockStatus)
        {
            throw NbdFailure.Protocol($"it answers a {request.Command} without structure although that was agreed on");
        }

        return (cookie, true);
    }

    private async Task<(ulong Cookie, bool IsLast)> ReadChunkAsync(Func<ulong, NbdRequest> find)
    {
        byte[] header = await wire.ReadAsync(16, CancellationToken.None).ConfigureAwait(false);
        bool isLast = (BinaryPrimitives.ReadUInt16BigEndian(header) & 1) != 0;
        var type = (NbdChunk)BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2));
        ulong cookie = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(4));
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
        NbdRequest request = find(cookie);
        switch (type)
        {
            case NbdChunk.None when length == 0 && isLast:
                break;
            case NbdChunk.OffsetData when length > 8:
                ulong at = await wire.ReadUInt64Async(CancellationToken.None).ConfigureAwait(false);
                await wire.FillAsync(request.Claim(at, length - 8), CancellationToken.None).ConfigureAwait(false);
                break;
            case NbdChunk.OffsetHole when length == 12:
                byte[] hole = await wire.ReadAsync(12, CancellationToken.None).ConfigureAwait(false);
                request.Claim(BinaryPrimitives.ReadUInt64BigEndian(hole), BinaryPrimitives.ReadUInt32BigEndian(hole.AsSpan(8))).Span.Clear();
                break;
            case NbdChunk.BlockStatus when length >= 12 && length % 8 == 4 && length <= NbdWire.MaxControl:
                TakeStatus(request, await wire.ReadAsync((int)length, CancellationToken.None).ConfigureAwait(false));
                break;
            case >= NbdChunk.ErrorBit when length is >= 6 and <= 64 * 1024:
                TakeError(request, await wire.ReadAsync((int)length, CancellationToken.None).ConfigureAwait(false));
                break;
            default:
                throw NbdFailure.Protocol($"a chunk of type {type} has {length} bytes");
        }

        return (cookie, isLast);
    }

    private static void TakeStatus(NbdRequest request, byte[] data)
    {
        if (request.Command != NbdCommand.BlockStatus)
        {
            throw NbdFailure.Protocol($"a map came for a {request.Command}");
        }

        var extents = new List<NbdExtent>((data.Length - 4) / 8);
        long end = request.Offset + request.Length;
        long position = request.Offset;
        for (int i = 4; i < data.Length && position < end; i += 8)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(i));
            if (length == 0)
            {
                throw NbdFailure.Protocol($"a map has a range without length at offset {position}");
            }

            // The last range may go on behind what was asked for.
            var range = new ByteRange(position, Math.Min(length, end - position));
            extents.Add(new NbdExtent(range, BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(i + 4))));
            position = range.End;
        }

        if (!request.Status.TryAdd(BinaryPrimitives.ReadUInt32BigEndian(data), extents))
        {
            throw NbdFailure.Protocol("a map of one context came twice");
        }
    }

    private static void TakeError(NbdRequest request, byte[] data)
    {
        ushort length = BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(4));
        if (length > data.Length - 6)
        {
            throw NbdFailure.Protocol($"an error message of {length} bytes does not fit its chunk of {data.Length}");
        }

        uint error = BinaryPrimitives.ReadUInt32BigEndian(data);
        if (error == 0)
        {
            throw NbdFailure.Protocol("an error has no number");
        }

        request.Refuse(error, Encoding.UTF8.GetString(data.AsSpan(6, length)));
    }
}
