using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Storage;

namespace Waybill.Csi.Backup;

/// <summary>Hands whole bundles over, and takes them. What they hold is not looked at: they carry their own digests.</summary>
internal sealed class BundleTransfer(IBundleStore store, BackupCall call)
{
    public async Task ExportAsync(string name, long start, IServerStreamWriter<ExportBundleResponse> responses)
    {
        ByteSource source = await OpenAsync(name).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            if (start > source.Length)
            {
                throw new RpcException(new Status(StatusCode.OutOfRange, $"The bundle has {source.Length} bytes"));
            }

            await responses.WriteAsync(new ExportBundleResponse { Head = new BundleHead { Name = name, Length = (ulong)source.Length } }, call.Stop).ConfigureAwait(false);
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BackupStreams.MaxChunkBytes];
            for (long offset = 0; offset < source.Length;)
            {
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, source.Length - offset));
                await source.ReadAsync(offset, piece, call.Stop).ConfigureAwait(false);
                digest.AppendData(piece.Span);
                int skip = (int)Math.Clamp(start - offset, 0, piece.Length);
                if (skip < piece.Length)
                {
                    await call.SpendAsync(ByteRange.FromBounds(offset + skip, offset + piece.Length), piece.Length - skip).ConfigureAwait(false);
                    await responses.WriteAsync(new ExportBundleResponse { Data = UnsafeByteOperations.UnsafeWrap(piece[skip..]) }, call.Stop).ConfigureAwait(false);
                    call.Progressed();
                }

                offset += piece.Length;
            }

            var end = new BundleEnd { Length = (ulong)source.Length, Sha256 = ByteString.CopyFrom(digest.GetHashAndReset()) };
            await responses.WriteAsync(new ExportBundleResponse { End = end }, call.Stop).ConfigureAwait(false);
        }
    }

    public async Task<ImportBundleResponse> ImportAsync(string name, IAsyncStreamReader<ImportBundleRequest> requests)
    {
        StoreUpload upload = await store.CreateAsync(name, call.Stop).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long length = 0;
            while (await requests.MoveNext(call.Stop).ConfigureAwait(false))
            {
                call.Progressed();
                ImportBundleRequest request = requests.Current;
                if (request.PartCase == ImportBundleRequest.PartOneofCase.End)
                {
                    if (request.End.Length != (ulong)length || !request.End.Sha256.Span.SequenceEqual(digest.GetHashAndReset()))
                    {
                        throw new RpcException(new Status(StatusCode.DataLoss, "The end of the stream does not agree with what came before it"));
                    }

                    StoredBundle stored = await upload.CommitAsync(call.Stop).ConfigureAwait(false);
                    return new ImportBundleResponse { Name = stored.Name, Length = (ulong)stored.Length };
                }

                if (request.PartCase != ImportBundleRequest.PartOneofCase.Data || request.Data.Length > BackupStreams.MaxChunkBytes)
                {
                    throw BackupStatus.Invalid($"After its head a stream has data, {BackupStreams.MaxChunkBytes} bytes at most each, and an end");
                }

                await call.SpendAsync(new ByteRange(length, request.Data.Length), request.Data.Length).ConfigureAwait(false);
                digest.AppendData(request.Data.Span);
                await upload.Body.WriteAsync(request.Data.Memory, call.Stop).ConfigureAwait(false);
                length += request.Data.Length;
            }

            throw new RpcException(new Status(StatusCode.DataLoss, "The stream ended without its end"));
        }
    }

    private async Task<ByteSource> OpenAsync(string name)
    {
        try
        {
            return await store.OpenReadAsync(name, call.Stop).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.SourceReadFailed && !e.IsTransient)
        {
            throw BackupStatus.Denied();
        }
    }
}
