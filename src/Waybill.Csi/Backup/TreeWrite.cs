using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>Takes the stream of a WriteFiles call into a volume (docs/spec/backup-api.md, section 8).</summary>
internal sealed class TreeWrite(BackupApi api, BackupCall call, ConcurrentDictionary<VolumeId, byte> filling)
{
    private const int MaxProblems = 1000;

    private FileTreeEntry? _file;
    private bool _isWanted;
    private long _position;

    public async Task RunAsync(IAsyncStreamReader<WriteFilesRequest> requests, IServerStreamWriter<WriteFilesResponse> responses)
    {
        if (!await requests.MoveNext(call.Stop).ConfigureAwait(false) || requests.Current.PartCase != WriteFilesRequest.PartOneofCase.Head)
        {
            throw BackupStatus.Invalid("A stream begins with its head");
        }

        WriteFilesHead head = requests.Current.Head;
        (string objectNamespace, string claim) = BackupNames.Split(head.Claim);
        await call.RequireAsync(BackupAction.WriteClaim, objectNamespace, claim).ConfigureAwait(false);
        if (!api.AllowWrites || api.Provider is not IFileTreeProvider trees || (head.Replace && api.EmptyTree is null))
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, "This service takes no files, or replaces none"));
        }

        BackupVolume volume = await api.Directory.FindClaimAsync(objectNamespace, claim, call.Stop).ConfigureAwait(false) ?? throw BackupStatus.Denied();
        if (!filling.TryAdd(volume.Volume, 0))
        {
            throw new RpcException(new Status(StatusCode.Aborted, "Another call fills the volume"));
        }

        try
        {
            await FillAsync(head.Replace, trees, volume.Volume, requests, responses).ConfigureAwait(false);
        }
        finally
        {
            filling.TryRemove(volume.Volume, out _);
        }
    }

    private async Task FillAsync(
        bool replaces, IFileTreeProvider trees, VolumeId volume, IAsyncStreamReader<WriteFilesRequest> requests, IServerStreamWriter<WriteFilesResponse> responses)
    {
        FileTreeTarget target = await OpenAsync(replaces, trees, volume).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            await responses.WriteAsync(new WriteFilesResponse { Ready = new WriteFilesReady() }, call.Stop).ConfigureAwait(false);
            call.Progressed();
            ulong files = await TakeAsync(requests, responses, target).ConfigureAwait(false);
            foreach (FileRestoreProblem[] some in target.Problems.Chunk(MaxProblems))
            {
                await responses.WriteAsync(new WriteFilesResponse { Problems = new FileProblems { Problems = { some.Select(ToWire) } } }, call.Stop).ConfigureAwait(false);
            }

            await responses.WriteAsync(new WriteFilesResponse { End = new FilesEnd { Files = files } }, call.Stop).ConfigureAwait(false);
        }
    }

    private async Task<FileTreeTarget> OpenAsync(bool replaces, IFileTreeProvider trees, VolumeId volume)
    {
        try
        {
            call.Working();
            if (replaces)
            {
                await api.EmptyTree!(volume, call.Stop).ConfigureAwait(false);
            }

            return await trees.OpenTreeTargetAsync(volume, call.Stop).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.ProviderBusy)
        {
            throw BackupStatus.Refused($"{e.CodeText}: {e.Message}");
        }
    }

    private async Task<ulong> TakeAsync(IAsyncStreamReader<WriteFilesRequest> requests, IServerStreamWriter<WriteFilesResponse> responses, FileTreeTarget target)
    {
        ulong files = 0;
        while (await requests.MoveNext(call.Stop).ConfigureAwait(false))
        {
            call.Progressed();
            WriteFilesRequest request = requests.Current;
            switch (request.PartCase)
            {
                case WriteFilesRequest.PartOneofCase.File:
                    await BeginAsync(request.File, target).ConfigureAwait(false);
                    files++;
                    if (request.File.LinkGroup != 0)
                    {
                        await responses.WriteAsync(new WriteFilesResponse { Wanted = new Wanted { Content = _isWanted } }, call.Stop).ConfigureAwait(false);
                    }

                    break;
                case WriteFilesRequest.PartOneofCase.Chunk:
                    await WriteAsync(request.Chunk, target).ConfigureAwait(false);
                    break;
                case WriteFilesRequest.PartOneofCase.Discard:
                    await DiscardAsync(target).ConfigureAwait(false);
                    break;
                case WriteFilesRequest.PartOneofCase.End:
                    if (request.End.Files != files || await requests.MoveNext(call.Stop).ConfigureAwait(false))
                    {
                        throw new RpcException(new Status(StatusCode.DataLoss, "The end of the stream does not agree with what came before it"));
                    }

                    call.Working();
                    await target.CompleteAsync(call.Stop).ConfigureAwait(false);
                    return files;
                default:
                    throw BackupStatus.Invalid("After its head a stream has files with their content and an end");
            }
        }

        throw new RpcException(new Status(StatusCode.DataLoss, "The stream ended without its end"));
    }

    private async Task BeginAsync(FileEntry file, FileTreeTarget target)
    {
        FileTreeEntry entry = FileMessages.Read(file, out string? problem);
        if (problem is not null || (_file is not null && entry.Path <= _file.Path))
        {
            throw BackupStatus.Invalid(problem ?? "Files come in the order of their paths, each once");
        }

        _file = entry;
        _position = 0;
        _isWanted = await target.BeginAsync(entry, call.Stop).ConfigureAwait(false);
    }

    private async Task WriteAsync(Chunk chunk, FileTreeTarget target)
    {
        if (_file is not { Type: FileType.Regular })
        {
            throw BackupStatus.Invalid("Content belongs to a regular file");
        }

        VolumeChange change = BackupStreams.ReadChunk(chunk, _position, _file.Size);
        await call.SpendAsync(change.Data.Length).ConfigureAwait(false);
        _position = change.Range.End;
        if (_isWanted && change.Kind == ChangedRangeKind.Data)
        {
            await target.WriteAsync(change.Range.Offset, change.Data, call.Stop).ConfigureAwait(false);
        }
    }

    private async Task DiscardAsync(FileTreeTarget target)
    {
        if (_isWanted)
        {
            await target.DiscardAsync(call.Stop).ConfigureAwait(false);
        }

        _isWanted = false;
    }

    private static FileProblem ToWire(FileRestoreProblem problem) =>
        new() { Path = ByteString.CopyFrom(problem.Path.Bytes), What = problem.What, Reason = problem.Reason };
}
