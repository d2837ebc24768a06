using Google.Protobuf;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>Builds and checks the parts of streams.</summary>
internal static class BackupStreams
{
    /// <summary>The most content of one message.</summary>
    public const int MaxChunkBytes = 1 << 20;

    /// <summary>The most ranges of one message; some 30 bytes each.</summary>
    public const int MaxRanges = 4096;

    public static Head MakeHead(SnapshotAnswer answer, long start) => new()
    {
        VolumeId = answer.Snapshot.Volume.ToString(),
        CapacityBytes = (ulong)answer.Snapshot.Length,
        Method = answer.Method,
        Reason = answer.Reason,
        ChangeId = answer.Snapshot.ChangeId?.ToString() ?? "",
        Created = ToWire(answer.Snapshot.Created),
        StartingOffset = (ulong)start,
    };

    public static Chunk MakeChunk(in VolumeChange change)
    {
        var chunk = new Chunk { Offset = (ulong)change.Range.Offset, Length = (ulong)change.Range.Length, Kind = ToWire(change.Kind) };
        if (change.Kind == ChangedRangeKind.Data)
        {
            // The content is borrowed until the next change is asked for, and that is after the message was written.
            chunk.Data = UnsafeByteOperations.UnsafeWrap(change.Data);
            chunk.Sha256 = ByteString.CopyFrom(Digest.Of(change.Data.Span).ToByteArray());
        }

        return chunk;
    }

    public static RangeKind ToWire(ChangedRangeKind kind) => kind switch
    {
        ChangedRangeKind.Zero => RangeKind.Zero,
        ChangedRangeKind.Deallocated => RangeKind.Deallocated,
        _ => RangeKind.Data,
    };

    public static Google.Protobuf.WellKnownTypes.Timestamp ToWire(Timestamp time) => new() { Seconds = time.Seconds, Nanos = time.Nanoseconds };

    /// <summary>Checks a chunk that was received, and gives its content.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="position">Where the one before it ended.</param>
    /// <param name="length">The size of the whole.</param>
    public static VolumeChange ReadChunk(Chunk chunk, long position, long length)
    {
        if (chunk.Length == 0 || chunk.Offset < (ulong)position || chunk.Offset > (ulong)length || chunk.Length > (ulong)length - chunk.Offset)
        {
            throw BackupStatus.Invalid("Chunks ascend, do not overlap, are not empty and lie within the capacity");
        }

        var range = new ByteRange((long)chunk.Offset, (long)chunk.Length);
        if (chunk.Kind != RangeKind.Data)
        {
            return chunk.Kind is RangeKind.Zero or RangeKind.Deallocated && chunk.Data.IsEmpty
                ? VolumeChange.Zero(range, chunk.Kind == RangeKind.Deallocated)
                : throw BackupStatus.Invalid("Only a chunk of data holds data");
        }

        if (range.Length > MaxChunkBytes || chunk.Data.Length != range.Length)
        {
            throw BackupStatus.Invalid($"A chunk of data holds exactly its length, {MaxChunkBytes} bytes at most");
        }

        return chunk.Sha256.Span.SequenceEqual(Digest.Of(chunk.Data.Span).ToByteArray())
            ? VolumeChange.Write(range.Offset, chunk.Data.Memory)
            : throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.DataLoss, $"The content at {range.Offset} is not what its digest says"));
    }
}
