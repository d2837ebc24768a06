using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;

namespace Waybill.Kubernetes;

/// <summary>A tree of files that a server of the backup API has. Calls that break are made again, and nothing is lost or said twice.</summary>
internal sealed class RemoteTree(BackupClientOptions options, Files.FilesClient calls, string objectNamespace, string snapshot) : FileTreeSource
{
    /// <summary>Files up to this size come whole, with the first call.</summary>
    private const int SmallFile = 1 << 20;

    private readonly SnapshotRef _snapshot = new() { Namespace = objectNamespace, Name = snapshot };

    public override async IAsyncEnumerable<FileTreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var patience = new CallPatience(options, snapshot);
        var request = new ListFilesRequest { Snapshot = _snapshot };
        FilePath last = FilePath.Root;
        AsyncServerStreamingCall<ListFilesResponse>? call = null;
        ulong received = 0;
        bool isOver = false;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    call ??= calls.ListFiles(request, await patience.NextAsync(cancellationToken, cancellationToken).ConfigureAwait(false));
                    if (!await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
                    {
                        if (isOver)
                        {
                            yield break;
                        }

                        throw Broken("a list ends without its end");
                    }
                }
                catch (RpcException error)
                {
                    call?.Dispose();
                    (call, received, isOver) = (null, 0, false);
                    await patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                ListFilesResponse part = call.ResponseStream.Current;
                if (isOver || (part.PartCase != ListFilesResponse.PartOneofCase.Files && part.End?.Files != received))
                {
                    throw Broken("the end of a list does not agree with what came before it");
                }

                isOver = part.End is not null;
                foreach (FileEntry file in part.Files?.Files ?? [])
                {
                    FileTreeEntry entry = FileMessages.Read(file, out string? problem);
                    if (problem is not null || (request.HasAfter ? entry.Path <= last : !entry.Path.IsRoot))
                    {
                        throw Broken(problem ?? "files are listed in the order of their paths, the root first");
                    }

                    yield return entry;
                    cancellationToken.ThrowIfCancellationRequested();
                    last = entry.Path;
                    request.After = file.Path;
                    received++;
                }

                patience.Progressed();
            }
        }
        finally
        {
            call?.Dispose();
        }
    }

    public override async ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var all = new ByteRange(0, entry.Size);
        if (entry.Size <= SmallFile)
        {
            try
            {
                return new RemoteFile(this, entry, await FetchAsync(entry, all, rangesOnly: false, cancellationToken).ConfigureAwait(false), isWhole: true);
            }
            catch (ProviderException error) when (error.Code == WaybillErrorCode.SourceReadFailed && entry.Size > 0)
            {
                // A part of it may be all that cannot be read.
            }
        }

        return new RemoteFile(this, entry, await FetchAsync(entry, all, rangesOnly: true, cancellationToken).ConfigureAwait(false), isWhole: false);
    }

    /// <summary>Fetches a part of a file, or where it may hold anything but zeros.</summary>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.SourceReadFailed"/>: this file cannot be read. All others pass: whatever keeps the server from answering says nothing of the file, and as a gap
    /// in it would be a loss that the next attempt does not have.
    /// </exception>
    internal async Task<FilePart> FetchAsync(FileTreeEntry entry, ByteRange wanted, bool rangesOnly, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(entry, wanted, rangesOnly, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException error) when (error is { IsTransient: false, Code: not WaybillErrorCode.SourceReadFailed })
        {
            throw new ProviderException(error.Code, error.Provider, error.Message, error) { ObjectName = error.ObjectName, Offset = error.Offset, VendorCode = error.VendorCode, Hint = error.Hint, IsTransient = true };
        }
    }

    private async Task<FilePart> AskAsync(FileTreeEntry entry, ByteRange wanted, bool rangesOnly, CancellationToken cancellationToken)
    {
        string name = $"{snapshot}: {entry.Path}";
        var patience = new CallPatience(options, name);
        var request = new ReadFileRequest
        {
            // What is of no use for finding it need not travel.
            File = FileMessages.ToWire(entry with { Xattrs = [], Gaps = [], Extents = [] }),
            Snapshot = _snapshot,
            StartingOffset = (ulong)wanted.Offset,
            EndingOffset = (ulong)wanted.End,
            RangesOnly = rangesOnly,
        };
        while (true)
        {
            try
            {
                using AsyncServerStreamingCall<ReadFileResponse> call = calls.ReadFile(request, await patience.NextAsync(cancellationToken, cancellationToken).ConfigureAwait(false));
                return await FilePart.ReadAsync(call.ResponseStream, wanted, rangesOnly, options.Name, name, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException error)
            {
                await patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private ProviderException Broken(string why) => BackupErrors.Broken(options.Name, snapshot, why);
}
