using System.Collections.Concurrent;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>The calls for volumes that are trees of files, waybill.backup.v1.Files (docs/spec/backup-api.md, section 8).</summary>
internal sealed class FilesService(BackupApi api, BackupLimits limits) : Files.FilesBase
{
    private const int MaxListed = 1000;
    private const int MaxListBytes = 1 << 20;
    private const ulong OfTheList = 1UL << 63;

    private readonly ConcurrentDictionary<VolumeId, byte> _filling = [];

    public override Task ListFiles(ListFilesRequest request, IServerStreamWriter<ListFilesResponse> responseStream, ServerCallContext context) => RunAsync(context, async call =>
    {
        FilePath after = FilePath.Root;
        if (request.HasAfter && !request.After.IsEmpty && !FilePath.TryFromBytes(request.After.Span, out after))
        {
            throw BackupStatus.Invalid("This is not a path");
        }

        FileTreeSource tree = await OpenAsync(call, request.Snapshot).ConfigureAwait(false);
        await using (tree.ConfigureAwait(false))
        {
            ulong sent = 0;
            int bytes = 0;
            var list = new FileList();
            var groups = new Dictionary<ulong, ulong>();
            await foreach (FileTreeEntry entry in tree.ListAsync(call.Stop).ConfigureAwait(false))
            {
                call.Progressed();

                // Numbers of groups are those of one list; that of the file is the same in each. Where two files have one, on two file systems, only the first has its names.
                ulong group = entry.LinkGroup == 0 ? 0
                    : entry.Inode == 0 ? entry.LinkGroup | OfTheList
                    : groups.TryAdd(entry.Inode, entry.LinkGroup) || groups[entry.Inode] == entry.LinkGroup ? entry.Inode
                    : 0;
                if (request.HasAfter && entry.Path <= after)
                {
                    continue;
                }

                FileEntry file = FileMessages.ToWire(entry with { LinkGroup = group });
                int size = file.CalculateSize();
                if (list.Files.Count > 0 && (list.Files.Count == MaxListed || bytes + size > MaxListBytes))
                {
                    await responseStream.WriteAsync(new ListFilesResponse { Files = list }, call.Stop).ConfigureAwait(false);
                    list = new FileList();
                    bytes = 0;
                }

                list.Files.Add(file);
                bytes += size;
                sent++;
            }

            if (list.Files.Count > 0)
            {
                await responseStream.WriteAsync(new ListFilesResponse { Files = list }, call.Stop).ConfigureAwait(false);
            }

            await responseStream.WriteAsync(new ListFilesResponse { End = new FilesEnd { Files = sent } }, call.Stop).ConfigureAwait(false);
        }

        return 0;
    });

    public override Task ReadFile(ReadFileRequest request, IServerStreamWriter<ReadFileResponse> responseStream, ServerCallContext context) => RunAsync(context, async call =>
    {
        FileTreeEntry entry = FileMessages.Read(request.File ?? new FileEntry(), out string? problem);
        if (problem is not null || entry.Type != FileType.Regular || request.StartingOffset > (ulong)entry.Size)
        {
            throw BackupStatus.Invalid(problem ?? "Only a regular file is read, and not behind its end");
        }

        ByteRange wanted = ByteRange.FromBounds(
            (long)request.StartingOffset, request.EndingOffset == 0 ? entry.Size : (long)Math.Clamp(request.EndingOffset, request.StartingOffset, (ulong)entry.Size));
        FileTreeSource tree = await OpenAsync(call, request.Snapshot).ConfigureAwait(false);
        await using (tree.ConfigureAwait(false))
        {
            FileContent content = await tree.OpenAsync(entry, call.Stop).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                var reading = new FileReading(call, content, responseStream);
                FileEnd end = request.RangesOnly ? await reading.ListAsync(wanted).ConfigureAwait(false) : await reading.ReadAsync(wanted).ConfigureAwait(false);
                FileGap? change = await content.FindChangeAsync(call.Stop).ConfigureAwait(false);
                end.Change = change is null ? null : FileMessages.ToWire(change);
                await responseStream.WriteAsync(new ReadFileResponse { End = end }, call.Stop).ConfigureAwait(false);
            }
        }

        return 0;
    });

    public override Task WriteFiles(IAsyncStreamReader<WriteFilesRequest> requestStream, IServerStreamWriter<WriteFilesResponse> responseStream, ServerCallContext context) =>
        RunAsync(context, async call =>
        {
            await new TreeWrite(api, call, _filling).RunAsync(requestStream, responseStream).ConfigureAwait(false);
            return 0;
        });

    private async Task<FileTreeSource> OpenAsync(BackupCall call, SnapshotRef? snapshot)
    {
        (string objectNamespace, string name) = (snapshot?.Namespace ?? "", snapshot?.Name ?? "");
        await call.RequireAsync(BackupAction.ReadSnapshot, objectNamespace, name).ConfigureAwait(false);
        BackupPoint point = await api.Directory.FindPointAsync(objectNamespace, name, call.Stop).ConfigureAwait(false) ?? throw BackupStatus.Denied();
        return api.Provider is IFileTreeProvider trees
            ? await trees.OpenTreeAsync(new VolumeSource(point.Volume, point.Snapshot), call.Stop).ConfigureAwait(false)
            : throw new RpcException(new Status(StatusCode.Unimplemented, "This service has no trees of files"));
    }

    private Task<T> RunAsync<T>(ServerCallContext context, Func<BackupCall, Task<T>> work) => BackupCall.RunAsync(api, limits, context, work);
}
