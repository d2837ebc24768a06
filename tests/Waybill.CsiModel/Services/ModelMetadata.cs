using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>Says what is allocated, in blocks of one size, and what changed, in ranges of any, by comparing copies.</summary>
internal sealed class ModelMetadata(ModelState state, Faults faults, StreamState streams, IHostApplicationLifetime lifetime) : SnapshotMetadata.SnapshotMetadataBase
{
    private const int DefaultResults = 64;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_shortDeadline = TimeSpan.FromSeconds(5);

    public override Task GetMetadataAllocated(
        GetMetadataAllocatedRequest request, IServerStreamWriter<GetMetadataAllocatedResponse> responseStream, ServerCallContext context)
    {
        Refused.Empty(request.SnapshotId, "snapshot id");
        ModelSnapshot snapshot = Find(request.SnapshotId);
        StreamFaults wrong = new(faults, streams, "csi.metadata.allocated.");
        List<(long Offset, long Size)> ranges = [.. BlockLists.Allocated(snapshot)];
        if (wrong.Break("content-expanded") || wrong.Break("content-discarded") || wrong.Break("content"))
        {
            ranges.RemoveAt(ranges.Count - 1);
        }

        return SendAsync(
            wrong,
            new StreamRequest(ranges, snapshot.Length, request.StartingOffset, request.MaxResults, BlockMetadataType.FixedLength),
            (type, capacity, part) =>
            {
                GetMetadataAllocatedResponse message = new() { BlockMetadataType = type, VolumeCapacityBytes = capacity };
                message.BlockMetadata.Add(part);
                return responseStream.WriteAsync(message, context.CancellationToken);
            },
            context);
    }

    public override Task GetMetadataDelta(GetMetadataDeltaRequest request, IServerStreamWriter<GetMetadataDeltaResponse> responseStream, ServerCallContext context)
    {
        Refused.Empty(request.BaseSnapshotId, "base");
        Refused.Empty(request.TargetSnapshotId, "target");
        StreamFaults wrong = new(faults, streams, "csi.metadata.delta.");
        ModelSnapshot target = Find(request.TargetSnapshotId);
        ModelSnapshot? from = FindBase(request.BaseSnapshotId, target, wrong);
        List<(long Offset, long Size)> ranges = [.. from is null ? [] : BlockLists.Delta(from, target)];
        if (wrong.Break("content"))
        {
            ranges.RemoveAt(0);
        }
        else if (wrong.Break("content-discarded"))
        {
            ranges.RemoveAll(range => BlockLists.IsZero(target, range));
        }
        else if (wrong.Break("content-expanded"))
        {
            ranges.RemoveAll(range => from is not null && range.Offset >= from.Length);
        }
        else if (wrong.Break("same") && ranges.Count == 0)
        {
            ranges.Add((0, BlockLists.BlockLength));
        }

        long capacity = wrong.Break("capacity-expanded") && from is not null ? from.Length : target.Length;
        BlockMetadataType kind = wrong.Break("fixed-length") ? BlockMetadataType.FixedLength : BlockMetadataType.VariableLength;
        return SendAsync(
            wrong,
            new StreamRequest(ranges, capacity, request.StartingOffset, request.MaxResults, kind),
            (type, told, part) =>
            {
                GetMetadataDeltaResponse message = new() { BlockMetadataType = type, VolumeCapacityBytes = told };
                message.BlockMetadata.Add(part);
                return responseStream.WriteAsync(message, context.CancellationToken);
            },
            context);
    }

    private ModelSnapshot Find(string id)
    {
        lock (state.Gate)
        {
            return Refused.Unknown(state.Snapshots, id);
        }
    }

    private ModelSnapshot? FindBase(string id, ModelSnapshot target, StreamFaults wrong)
    {
        lock (state.Gate)
        {
            if (!state.Snapshots.ContainsKey(id) && wrong.Break("base-deleted"))
            {
                return null;
            }

            ModelSnapshot from = Refused.Unknown(state.Snapshots, id);
            if (from.Volume != target.Volume || from.Number > target.Number)
            {
                throw Refused.With(StatusCode.InvalidArgument, "The base is not an earlier snapshot of that volume.");
            }

            // A driver that keeps changes since the last snapshot only knows no more than that.
            return wrong.Break("content-across")
                ? state.Snapshots.Values.Where(one => one.Volume == target.Volume && one.Number < target.Number).MaxBy(one => one.Number) ?? from
                : from;
        }
    }

    private async Task SendAsync(StreamFaults wrong, StreamRequest request, Func<BlockMetadataType, long, IEnumerable<BlockMetadata>, Task> sendAsync, ServerCallContext context)
    {
        if (request.Offset < 0 || request.Offset > request.Capacity)
        {
            throw Refused.With(StatusCode.OutOfRange, $"The offset {request.Offset} lies outside {request.Capacity} bytes.");
        }

        if (request.MaxResults < 0)
        {
            throw Refused.With(StatusCode.InvalidArgument, "The number of results is negative.");
        }

        wrong.RequireUsable();
        bool hasShortDeadline = context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime < s_shortDeadline;
        using IDisposable others = wrong.Enter();
        List<(long Offset, long Size)> ranges = await wrong.SpoilAsync(request);
        int most = request.MaxResults == 0 || wrong.Break("max-results") ? DefaultResults : request.MaxResults;
        long sent = 0;
        try
        {
            foreach ((long Offset, long Size)[] part in ranges.Chunk(most))
            {
                if (wrong.Break("cut") && hasShortDeadline && sent > ranges.Count / 2)
                {
                    return;
                }

                BlockMetadataType type = wrong.Break("type") && sent > 0 ? BlockMetadataType.Unknown : request.Type;
                long capacity = wrong.Break("capacity") && sent > 0 ? request.Capacity + 1 : request.Capacity;
                await sendAsync(type, capacity, part.Select(range => new BlockMetadata { ByteOffset = range.Offset, SizeBytes = range.Size }));
                sent += part.Length;
                if (wrong.Break("cancelled"))
                {
                    await Task.Delay(s_pause, context.CancellationToken);
                }

                if (faults.Break("csi.restart.metadata") && request.MaxResults == 1)
                {
                    await Task.Delay(s_pause, CancellationToken.None);
                    if (lifetime.ApplicationStopping.IsCancellationRequested)
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (wrong.Break("cancelled"))
        {
            wrong.MakeUnusable();
            throw;
        }
    }
}
