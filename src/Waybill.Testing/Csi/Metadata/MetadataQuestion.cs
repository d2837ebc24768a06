using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Testing;

/// <summary>What is asked about a snapshot: what is allocated in it, or what changed since an earlier one.</summary>
/// <param name="Target">The snapshot.</param>
/// <param name="Base">The earlier one; null if what is allocated is asked for.</param>
internal sealed record MetadataQuestion(string Target, string? Base)
{
    private const int MaxRanges = 8_000_000;

    public static MetadataQuestion Allocated(string snapshot) => new(snapshot, null);

    public static MetadataQuestion Delta(string from, string to) => new(to, from);

    /// <summary>Asks and reads the whole stream.</summary>
    /// <param name="scope">The scope of the check.</param>
    /// <param name="token">Cancels the call.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="maxResults">How many ranges a message may hold; 0 for the driver's choice.</param>
    /// <param name="driverDeadline">A deadline as it stands in the header of a call, which only the driver knows of.</param>
    public async Task<MetadataAnswer> AskAsync(
        CsiScope scope, CancellationToken token, long offset = 0, int maxResults = 0, string? driverDeadline = null)
    {
        List<MetadataMessage> messages = [];
        long ranges = 0;
        await foreach (MetadataMessage message in ReadAsync(scope, offset, maxResults, driverDeadline, token).ConfigureAwait(false))
        {
            messages.Add(message);
            ranges += message.Ranges.Count;
            Verdicts.Require(ranges <= MaxRanges && messages.Count <= MaxRanges, $"The stream did not end after {MaxRanges} ranges or messages.");
        }

        return new MetadataAnswer(messages);
    }

    /// <summary>Asks and gives the messages as they come.</summary>
    public async IAsyncEnumerable<MetadataMessage> ReadAsync(
        CsiScope scope, long offset, int maxResults, string? driverDeadline, [EnumeratorCancellation] CancellationToken token)
    {
        CallOptions options = scope.Call(token);
        if (driverDeadline is not null)
        {
            options = options.WithHeaders(new Grpc.Core.Metadata { { CsiChannel.DeadlineOfDriver, driverDeadline } });
        }

        if (Base is null)
        {
            GetMetadataAllocatedRequest request = new() { SnapshotId = Target, StartingOffset = offset, MaxResults = maxResults };
            request.Secrets.Add(scope.Options.Secrets);
            using AsyncServerStreamingCall<GetMetadataAllocatedResponse> call = scope.Session.Metadata.GetMetadataAllocated(request, options);
            while (await call.ResponseStream.MoveNext(token).ConfigureAwait(false))
            {
                GetMetadataAllocatedResponse message = call.ResponseStream.Current;
                yield return MetadataMessage.Of(message.BlockMetadataType, message.VolumeCapacityBytes, message.BlockMetadata);
            }
        }
        else
        {
            GetMetadataDeltaRequest request = new() { BaseSnapshotId = Base, TargetSnapshotId = Target, StartingOffset = offset, MaxResults = maxResults };
            request.Secrets.Add(scope.Options.Secrets);
            using AsyncServerStreamingCall<GetMetadataDeltaResponse> call = scope.Session.Metadata.GetMetadataDelta(request, options);
            while (await call.ResponseStream.MoveNext(token).ConfigureAwait(false))
            {
                GetMetadataDeltaResponse message = call.ResponseStream.Current;
                yield return MetadataMessage.Of(message.BlockMetadataType, message.VolumeCapacityBytes, message.BlockMetadata);
            }
        }
    }
}
