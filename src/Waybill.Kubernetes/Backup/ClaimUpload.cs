using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Writes changes to a claim, again and again until the server says that they are durable. Laying the same over the same does no harm.</summary>
internal sealed class ClaimUpload(BackupClientOptions options, Waybill.Backup.Wire.Backup.BackupClient calls, string claim, long length, int maxChunkBytes)
{
    // A server may take nothing more and yet keep the connection alive.
    private static readonly TimeSpan s_stallLimit = TimeSpan.FromSeconds(60);

    private readonly CallPatience _patience = new(options, claim);

    public async Task RunAsync(IReadOnlyList<VolumeChange> changes, CancellationToken cancellationToken)
    {
        Check(changes);
        for (int first = 0; first < changes.Count;)
        {
            try
            {
                long durable = await SendAsync(changes, first, cancellationToken).ConfigureAwait(false);
                int next = first;
                while (next < changes.Count && changes[next].Range.End <= durable)
                {
                    next++;
                }

                first = next > first ? next : throw BackupErrors.Broken(options.Name, claim, "nothing of what was written is durable", durable);
                _patience.Progressed();
            }
            catch (RpcException error)
            {
                await _patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Check(IReadOnlyList<VolumeChange> changes)
    {
        long end = 0;
        foreach (VolumeChange change in changes)
        {
            if (change.Range.Length <= 0 || change.Range.Offset < end || change.Range.Offset > length - change.Range.Length)
            {
                throw new ArgumentException("Changes ascend, are disjoint and not empty, and lie within the volume.", nameof(changes));
            }

            end = change.Range.End;
        }
    }

    private async Task<long> SendAsync(IReadOnlyList<VolumeChange> changes, int first, CancellationToken cancellationToken)
    {
        using var stalled = new CancellationTokenSource(s_stallLimit, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalled.Token, cancellationToken);
        try
        {
            return await SendAsync(changes, first, stalled, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && stalled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"nothing came of the call for {s_stallLimit}", e));
        }
    }

    private async Task<long> SendAsync(IReadOnlyList<VolumeChange> changes, int first, CancellationTokenSource stalled, CancellationToken cancellationToken)
    {
        CallOptions with = await _patience.NextAsync(cancellationToken, cancellationToken).ConfigureAwait(false);
        using AsyncClientStreamingCall<WriteDataRequest, WriteDataResponse> call = calls.WriteData(with);
        Task sending = SendAsync(call.RequestStream, changes, first, stalled, cancellationToken);
        try
        {
            // The HTTP client never wakes a write, not even to cancel it, that begins to wait for room when the server has just refused the rest: the answer counts.
            await (await Task.WhenAny(sending, call.ResponseAsync).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or RpcException or IOException or HttpRequestException)
        {
            // The call ended while there was more to send; its answer says why.
        }

        WriteDataResponse response = await call.ResponseAsync.WaitAsync(cancellationToken).ConfigureAwait(false);
        ulong bytes = changes.Skip(first).Aggregate(0UL, (sum, change) => sum + (ulong)change.Range.Length);
        return response.Bytes == bytes ? (long)Math.Min(response.DurableOffset, long.MaxValue)
            : throw BackupErrors.Broken(options.Name, claim, $"it took {response.Bytes} bytes of {bytes}");
    }

    private async Task SendAsync(
        IClientStreamWriter<WriteDataRequest> requests, IReadOnlyList<VolumeChange> changes, int first, CancellationTokenSource stalled, CancellationToken cancellationToken)
    {
        var sent = new End();
        var head = new WriteHead { Claim = claim, CapacityBytes = (ulong)length, Method = Method.Delta, StartingOffset = (ulong)changes[first].Range.Offset };
        await requests.WriteAsync(new WriteDataRequest { Head = head }, cancellationToken).ConfigureAwait(false);
        for (int i = first; i < changes.Count; i++)
        {
            foreach (Chunk chunk in Cut(changes[i]))
            {
                await requests.WriteAsync(new WriteDataRequest { Chunk = chunk }, cancellationToken).ConfigureAwait(false);
                stalled.CancelAfter(s_stallLimit);
                sent.Ranges++;
                sent.Bytes += chunk.Length;
                sent.DataBytes += (ulong)chunk.Data.Length;
            }
        }

        await requests.WriteAsync(new WriteDataRequest { End = sent }, cancellationToken).ConfigureAwait(false);
        await requests.CompleteAsync().ConfigureAwait(false);
    }

    private IEnumerable<Chunk> Cut(VolumeChange change)
    {
        if (change.Kind != ChangedRangeKind.Data)
        {
            yield return new Chunk
            {
                Offset = (ulong)change.Range.Offset,
                Length = (ulong)change.Range.Length,
                Kind = change.Kind == ChangedRangeKind.Zero ? RangeKind.Zero : RangeKind.Deallocated,
            };
            yield break;
        }

        for (int done = 0; done < change.Data.Length; done += maxChunkBytes)
        {
            ReadOnlyMemory<byte> piece = change.Data.Slice(done, Math.Min(maxChunkBytes, change.Data.Length - done));
            yield return new Chunk
            {
                Offset = (ulong)(change.Range.Offset + done),
                Length = (ulong)piece.Length,
                Kind = RangeKind.Data,
                Data = UnsafeByteOperations.UnsafeWrap(piece),
                Sha256 = ByteString.CopyFrom(SHA256.HashData(piece.Span)),
            };
        }
    }
}
