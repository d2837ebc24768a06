using Google.Protobuf.Collections;
using Grpc.Core;
using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes;

/// <summary>One call whose answer is a stream, in the one form that both kinds of answers have.</summary>
internal abstract class MetadataCall : IDisposable
{
    /// <summary>How many ranges a message may have: some 200 KB at most.</summary>
    public const int MaxResults = 8192;

    public abstract MetadataPart Current { get; }

    /// <summary>Begins a call.</summary>
    /// <param name="calls">The service.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="start">The starting offset in bytes.</param>
    /// <param name="token">Who asks.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static MetadataCall Open(
        SnapshotMetadata.SnapshotMetadataClient calls, MetadataQuestion question, long start, string token, CancellationToken cancellationToken)
    {
        if (question.Base is not { } id)
        {
            var allocated = new GetMetadataAllocatedRequest
            {
                SecurityToken = token, Namespace = question.Namespace, SnapshotName = question.Snapshot, StartingOffset = start, MaxResults = MaxResults,
            };
            return new Allocated(calls.GetMetadataAllocated(allocated, cancellationToken: cancellationToken));
        }

        var changed = new GetMetadataDeltaRequest
        {
            SecurityToken = token, Namespace = question.Namespace, BaseSnapshotId = id.ToString(), TargetSnapshotName = question.Snapshot, StartingOffset = start, MaxResults = MaxResults,
        };
        return new Changed(calls.GetMetadataDelta(changed, cancellationToken: cancellationToken));
    }

    public abstract Task<bool> MoveNextAsync(CancellationToken cancellationToken);

    public abstract void Dispose();

    private sealed class Allocated(AsyncServerStreamingCall<GetMetadataAllocatedResponse> call) : MetadataCall
    {
        public override MetadataPart Current =>
            new(call.ResponseStream.Current.BlockMetadataType, call.ResponseStream.Current.VolumeCapacityBytes, call.ResponseStream.Current.BlockMetadata);

        public override Task<bool> MoveNextAsync(CancellationToken cancellationToken) => call.ResponseStream.MoveNext(cancellationToken);

        public override void Dispose() => call.Dispose();
    }

    private sealed class Changed(AsyncServerStreamingCall<GetMetadataDeltaResponse> call) : MetadataCall
    {
        public override MetadataPart Current =>
            new(call.ResponseStream.Current.BlockMetadataType, call.ResponseStream.Current.VolumeCapacityBytes, call.ResponseStream.Current.BlockMetadata);

        public override Task<bool> MoveNextAsync(CancellationToken cancellationToken) => call.ResponseStream.MoveNext(cancellationToken);

        public override void Dispose() => call.Dispose();
    }
}

/// <summary>A message of such a stream.</summary>
internal readonly record struct MetadataPart(BlockMetadataType Type, long Capacity, RepeatedField<BlockMetadata> Blocks);
