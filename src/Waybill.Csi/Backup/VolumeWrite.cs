using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>Takes the stream of a WriteData call into a volume (docs/spec/backup-api.md, section 5).</summary>
internal sealed class VolumeWrite(BackupApi api, BackupCall call)
{
    public async Task<WriteDataResponse> RunAsync(IAsyncStreamReader<WriteDataRequest> requests)
    {
        if (!await requests.MoveNext(call.Stop).ConfigureAwait(false) || requests.Current.PartCase != WriteDataRequest.PartOneofCase.Head)
        {
            throw BackupStatus.Invalid("A stream begins with its head");
        }

        WriteHead head = requests.Current.Head;
        (string objectNamespace, string claim) = BackupNames.Split(head.Claim);
        await call.RequireAsync(BackupAction.WriteClaim, objectNamespace, claim).ConfigureAwait(false);
        if (!api.AllowWrites)
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, "This service takes no data"));
        }

        if (head.Method is not (Method.Delta or Method.Allocated or Method.Full) || head.CapacityBytes > long.MaxValue || head.StartingOffset > head.CapacityBytes)
        {
            throw BackupStatus.Invalid("The head says how the stream is to be understood, its capacity, and where in it the stream starts");
        }

        BackupVolume volume = await api.Directory.FindClaimAsync(objectNamespace, claim, call.Stop).ConfigureAwait(false) ?? throw BackupStatus.Denied();
        BlockWriter writer = await OpenAsync(volume.Volume).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            return await TakeAsync(requests, head, writer).ConfigureAwait(false);
        }
    }

    private async Task<BlockWriter> OpenAsync(VolumeId volume)
    {
        try
        {
            return await api.Provider.OpenWriteAsync(volume, call.Stop).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.ProviderBusy)
        {
            throw BackupStatus.Refused($"{e.CodeText}: {e.Message}");
        }
    }

    private async Task<WriteDataResponse> TakeAsync(IAsyncStreamReader<WriteDataRequest> requests, WriteHead head, BlockWriter writer)
    {
        long length = (long)head.CapacityBytes;
        if (length > writer.Length)
        {
            throw BackupStatus.Refused($"The volume has {writer.Length} bytes, and {length} are to be written");
        }

        var totals = new StreamTotals();
        long position = (long)head.StartingOffset;
        bool zeroGaps = head.Method != Method.Delta && !writer.StartsZeroed;
        while (await requests.MoveNext(call.Stop).ConfigureAwait(false))
        {
            call.Progressed();
            WriteDataRequest request = requests.Current;
            if (request.PartCase == WriteDataRequest.PartOneofCase.End)
            {
                if (!request.End.Equals(totals.ToEnd()) || await requests.MoveNext(call.Stop).ConfigureAwait(false))
                {
                    throw new RpcException(new Status(StatusCode.DataLoss, "The end of the stream does not agree with what came before it"));
                }

                // A volume that is larger than what came back to it has nothing of what it held before either.
                await ZeroAsync(position, head.Method == Method.Delta ? position : writer.Length).ConfigureAwait(false);
                await writer.CompleteAsync(call.Stop).ConfigureAwait(false);
                return new WriteDataResponse { Bytes = totals.ToEnd().Bytes, DurableOffset = head.CapacityBytes };
            }

            if (request.PartCase != WriteDataRequest.PartOneofCase.Chunk)
            {
                throw BackupStatus.Invalid("After its head a stream has chunks and an end");
            }

            VolumeChange change = BackupStreams.ReadChunk(request.Chunk, position, length);
            await ZeroAsync(position, change.Range.Offset).ConfigureAwait(false);
            await call.SpendAsync(change.Range, change.Data.Length).ConfigureAwait(false);
            if (change.Kind == ChangedRangeKind.Data)
            {
                await writer.WriteAsync(change.Range.Offset, change.Data, call.Stop).ConfigureAwait(false);
            }
            else if (!writer.StartsZeroed || head.Method == Method.Delta)
            {
                await writer.WriteZeroesAsync(change.Range, call.Stop).ConfigureAwait(false);
            }

            totals.Add(change.Range, change.Kind);
            position = change.Range.End;
        }

        throw new RpcException(new Status(StatusCode.DataLoss, "The stream ended without its end"));

        async ValueTask ZeroAsync(long from, long to)
        {
            if (zeroGaps && to > from)
            {
                await writer.WriteZeroesAsync(ByteRange.FromBounds(from, to), call.Stop).ConfigureAwait(false);
            }
        }
    }
}
