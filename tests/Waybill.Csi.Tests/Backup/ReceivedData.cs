using System.Security.Cryptography;
using Grpc.Core;
using Waybill.Backup.Wire;

namespace Waybill.Csi.Tests.Backup;

/// <summary>What a careful caller has after it read a stream: everything the specification tells it to check was checked.</summary>
internal sealed record ReceivedData(Head Head, List<Chunk> Chunks, End? End)
{
    /// <summary>Reads a stream, and stops after so many chunks.</summary>
    public static async Task<ReceivedData> ReadAsync(Waybill.Backup.Wire.Backup.BackupClient client, ReadDataRequest request, int stopAfter = int.MaxValue)
    {
        using AsyncServerStreamingCall<ReadDataResponse> call = client.ReadData(request);
        Head? head = null;
        End? end = null;
        var chunks = new List<Chunk>();
        ulong position = request.StartingOffset;
        while (chunks.Count < stopAfter && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            ReadDataResponse part = call.ResponseStream.Current;
            Assert.Null(end);
            switch (part.PartCase)
            {
                case ReadDataResponse.PartOneofCase.Head:
                    Assert.Null(head);
                    head = part.Head;
                    break;
                case ReadDataResponse.PartOneofCase.Chunk:
                    Assert.NotNull(head);
                    Assert.True(part.Chunk.Length > 0 && part.Chunk.Offset >= position && part.Chunk.Offset + part.Chunk.Length <= head.CapacityBytes, part.Chunk.ToString());
                    Assert.Equal(part.Chunk.Kind == RangeKind.Data ? part.Chunk.Length : 0, (ulong)part.Chunk.Data.Length);
                    Assert.InRange(part.Chunk.Data.Length, 0, 1 << 20);
                    Assert.Equal(part.Chunk.Kind == RangeKind.Data ? SHA256.HashData(part.Chunk.Data.Span) : [], part.Chunk.Sha256.ToByteArray());
                    position = part.Chunk.Offset + part.Chunk.Length;
                    chunks.Add(part.Chunk);
                    break;
                default:
                    end = part.End;
                    break;
            }
        }

        if (end is not null)
        {
            Assert.Equal((ulong)chunks.Count, end.Ranges);
            Assert.Equal((ulong)chunks.Sum(c => (long)c.Length), end.Bytes);
            Assert.Equal((ulong)chunks.Sum(c => (long)c.Data.Length), end.DataBytes);
        }

        return new ReceivedData(head!, chunks, end);
    }

    /// <summary>Lays the stream over what it is to be laid over.</summary>
    public byte[] ApplyTo(byte[] before)
    {
        byte[] content = Head.Method == Method.Delta ? [.. before] : new byte[before.Length];
        foreach (Chunk chunk in Chunks)
        {
            Span<byte> place = content.AsSpan((int)chunk.Offset, (int)chunk.Length);
            place.Clear();
            chunk.Data.Span.CopyTo(place);
        }

        return content;
    }
}
