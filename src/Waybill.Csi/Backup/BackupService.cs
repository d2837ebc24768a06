using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>The calls of the backup API, waybill.backup.v1 (docs/spec/backup-api.md).</summary>
internal sealed class BackupService(BackupApi api, BackupLimits limits) : Waybill.Backup.Wire.Backup.BackupBase
{
    public override Task<GetServerResponse> GetServer(GetServerRequest request, ServerCallContext context) => RunAsync(context, _ =>
        Task.FromResult(new GetServerResponse
        {
            Name = api.Name,
            Version = api.Version,
            Interfaces = { "v1" },
            MaxChunkBytes = BackupStreams.MaxChunkBytes,
            Writes = api.AllowWrites,
            Bundles = api.Store is not null,
        }));

    public override Task<ListApplicationsResponse> ListApplications(ListApplicationsRequest request, ServerCallContext context) => RunAsync(context, async call =>
    {
        await call.RequireAsync(BackupAction.List, request.Namespace, "").ConfigureAwait(false);
        var applications = new SortedDictionary<string, Application>(StringComparer.Ordinal);
        await foreach (BackupVolume volume in api.Directory.ListVolumesAsync(request.Namespace, call.Stop).ConfigureAwait(false))
        {
            if (volume.Application.Length > 0)
            {
                if (!applications.TryGetValue(volume.Application, out Application? application))
                {
                    applications[volume.Application] = application = new Application { Namespace = request.Namespace, Name = volume.Application };
                }

                application.VolumeIds.Add(volume.Volume.ToString());
            }
        }

        (List<Application> page, string next) = await BackupPages.TakeAsync(
            applications.Values.ToAsyncEnumerable(), a => a.Name, request.PageSize, request.PageToken, call.Stop).ConfigureAwait(false);
        return new ListApplicationsResponse { Applications = { page }, NextPageToken = next };
    });

    public override Task<ListVolumesResponse> ListVolumes(ListVolumesRequest request, ServerCallContext context) => RunAsync(context, async call =>
    {
        await call.RequireAsync(BackupAction.List, request.Namespace, "").ConfigureAwait(false);
        IAsyncEnumerable<BackupVolume> volumes = api.Directory.ListVolumesAsync(request.Namespace, call.Stop)
            .Where(volume => request.Application.Length == 0 || volume.Application == request.Application);
        (List<BackupVolume> page, string next) = await BackupPages.TakeAsync(volumes, v => v.Claim, request.PageSize, request.PageToken, call.Stop).ConfigureAwait(false);
        var response = new ListVolumesResponse { NextPageToken = next };
        foreach (BackupVolume volume in page)
        {
            if (await api.Provider.FindVolumeAsync(volume.Volume, call.Stop).ConfigureAwait(false) is { } found)
            {
                response.Volumes.Add(new Volume
                {
                    Id = found.Id.ToString(),
                    Claim = $"{request.Namespace}/{volume.Claim}",
                    CapacityBytes = (ulong)found.Length,
                    StorageClass = found.StorageClass,
                    Created = found.Created is { } created ? BackupStreams.ToWire(created) : null,
                });
            }
        }

        return response;
    });

    public override Task<ListPointsResponse> ListPoints(ListPointsRequest request, ServerCallContext context) => RunAsync(context, async call =>
    {
        await call.RequireAsync(BackupAction.List, request.Namespace, "").ConfigureAwait(false);
        IAsyncEnumerable<BackupPoint> points = api.Directory.ListPointsAsync(request.Namespace, call.Stop)
            .Where(point => request.VolumeId.Length == 0 || point.Volume.ToString() == request.VolumeId);
        (List<BackupPoint> page, string next) = await BackupPages.TakeAsync(points, p => p.Name, request.PageSize, request.PageToken, call.Stop).ConfigureAwait(false);
        var response = new ListPointsResponse { NextPageToken = next };
        foreach (BackupPoint point in page)
        {
            if (api.Provider is ISnapshotProvider snapshots && await snapshots.FindSnapshotAsync(point.Snapshot, call.Stop).ConfigureAwait(false) is { } found)
            {
                response.Points.Add(new Point
                {
                    Snapshot = new SnapshotRef { Namespace = request.Namespace, Name = point.Name },
                    VolumeId = found.Volume.ToString(),
                    Handle = found.Id.ToString(),
                    ChangeId = found.ChangeId?.ToString() ?? "",
                    Created = BackupStreams.ToWire(found.Created),
                    CapacityBytes = (ulong)found.Length,
                    Ready = found.IsReady,
                    Group = found.Group,
                });
            }
        }

        return response;
    });

    public override Task<GetCapabilitiesResponse> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) => RunAsync(context, async call =>
    {
        await call.RequireAsync(BackupAction.List, request.Namespace, "").ConfigureAwait(false);
        VolumeId volume = await FindVolumeAsync(request, call.Stop).ConfigureAwait(false);
        VolumeCapabilities found = await api.Provider.GetCapabilitiesAsync(volume, call.Stop).ConfigureAwait(false);
        return new GetCapabilitiesResponse
        {
            Deltas = found.ChangeIdKind != ChangeIdKind.None,
            Allocated = found.ReportsAllocated,
            GranularityBytes = (uint)found.Granularity,
            OverReports = found.Exactness != ChangeExactness.Exact,
            ReportsZeros = found.ReportsZeros,
            BaseMustExist = found.BaseMustExist,
            AnyBase = found.AnyBase,
            GroupWriteOrder = found.Groups == GroupConsistency.WriteOrder,
        };
    });

    public override Task ListRanges(ListRangesRequest request, IServerStreamWriter<ListRangesResponse> responseStream, ServerCallContext context) => RunAsync(context, async call =>
    {
        SnapshotAnswer answer = await AskAsync(call, request.Snapshot, request.Base, request.Fallback).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            long start = CheckStart(request.StartingOffset, answer);
            await responseStream.WriteAsync(new ListRangesResponse { Head = BackupStreams.MakeHead(answer, start) }, call.Stop).ConfigureAwait(false);
            var totals = new StreamTotals();
            var ranges = new Ranges();
            await foreach (ChangedRange range in answer.ListAsync(start, call.Stop).ConfigureAwait(false))
            {
                totals.Add(range.Range, range.Kind);
                ranges.Ranges_.Add(new Waybill.Backup.Wire.Range { Offset = (ulong)range.Range.Offset, Length = (ulong)range.Range.Length, Kind = BackupStreams.ToWire(range.Kind) });
                if (ranges.Ranges_.Count == BackupStreams.MaxRanges)
                {
                    await responseStream.WriteAsync(new ListRangesResponse { Ranges = ranges }, call.Stop).ConfigureAwait(false);
                    call.Progressed();
                    ranges = new Ranges();
                }
            }

            if (ranges.Ranges_.Count > 0)
            {
                await responseStream.WriteAsync(new ListRangesResponse { Ranges = ranges }, call.Stop).ConfigureAwait(false);
            }

            await responseStream.WriteAsync(new ListRangesResponse { End = totals.ToEnd() }, call.Stop).ConfigureAwait(false);
        }

        return 0;
    });

    public override Task ReadData(ReadDataRequest request, IServerStreamWriter<ReadDataResponse> responseStream, ServerCallContext context) => RunAsync(context, async call =>
    {
        SnapshotAnswer answer = await AskAsync(call, request.Snapshot, request.Base, request.Fallback).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            long start = CheckStart(request.StartingOffset, answer);
            long end = request.EndingOffset == 0 ? answer.Snapshot.Length : (long)Math.Min(request.EndingOffset, (ulong)answer.Snapshot.Length);
            await responseStream.WriteAsync(new ReadDataResponse { Head = BackupStreams.MakeHead(answer, start) }, call.Stop).ConfigureAwait(false);
            var totals = new StreamTotals();
            await foreach (VolumeChange change in answer.ReadAsync(start, call.Stop).ConfigureAwait(false))
            {
                if (change.Range.Offset >= end)
                {
                    break;
                }

                VolumeChange sent = change.Range.End <= end ? change
                    : change.Kind == ChangedRangeKind.Data ? VolumeChange.Write(change.Range.Offset, change.Data[..(int)(end - change.Range.Offset)])
                    : VolumeChange.Zero(ByteRange.FromBounds(change.Range.Offset, end), change.Kind == ChangedRangeKind.Deallocated);
                await call.SpendAsync(sent.Range, sent.Data.Length).ConfigureAwait(false);
                await responseStream.WriteAsync(new ReadDataResponse { Chunk = BackupStreams.MakeChunk(sent) }, call.Stop).ConfigureAwait(false);
                call.Progressed();
                totals.Add(sent.Range, sent.Kind);
            }

            await responseStream.WriteAsync(new ReadDataResponse { End = totals.ToEnd() }, call.Stop).ConfigureAwait(false);
        }

        return 0;
    });

    public override Task<WriteDataResponse> WriteData(IAsyncStreamReader<WriteDataRequest> requestStream, ServerCallContext context) =>
        RunAsync(context, call => new VolumeWrite(api, call).RunAsync(requestStream));

    public override Task ExportBundle(ExportBundleRequest request, IServerStreamWriter<ExportBundleResponse> responseStream, ServerCallContext context) => RunAsync(context, async call =>
    {
        await call.RequireAsync(BackupAction.ReadBundle, request.Namespace, request.Name).ConfigureAwait(false);
        await Transfer(call).ExportAsync(request.Name, checked((long)Math.Min(request.StartingOffset, long.MaxValue)), responseStream).ConfigureAwait(false);
        return 0;
    });

    public override Task<ImportBundleResponse> ImportBundle(IAsyncStreamReader<ImportBundleRequest> requestStream, ServerCallContext context) => RunAsync(context, async call =>
    {
        if (!await requestStream.MoveNext(call.Stop).ConfigureAwait(false) || requestStream.Current.PartCase != ImportBundleRequest.PartOneofCase.Head)
        {
            throw BackupStatus.Invalid("A stream begins with its head");
        }

        ImportHead head = requestStream.Current.Head;
        await call.RequireAsync(BackupAction.WriteBundle, head.Namespace, head.Name).ConfigureAwait(false);
        return await Transfer(call).ImportAsync(head.Name, requestStream).ConfigureAwait(false);
    });

    private static long CheckStart(ulong start, SnapshotAnswer answer) => start <= (ulong)answer.Snapshot.Length ? (long)start
        : throw new RpcException(new Status(StatusCode.OutOfRange, $"The snapshot has {answer.Snapshot.Length} bytes"));

    private Task<T> RunAsync<T>(ServerCallContext context, Func<BackupCall, Task<T>> work) => BackupCall.RunAsync(api, limits, context, work);

    private BundleTransfer Transfer(BackupCall call) => api.Store is { } store ? new BundleTransfer(store, call)
        : throw new RpcException(new Status(StatusCode.Unimplemented, "This service has no bundles"));

    private async Task<SnapshotAnswer> AskAsync(BackupCall call, SnapshotRef? snapshot, Base? from, IReadOnlyList<Method> fallback)
    {
        BackupPoint point = await ResolveAsync(call, snapshot?.Namespace ?? "", snapshot?.Name ?? "").ConfigureAwait(false);
        ChangeId? baseId = null;
        switch (from?.BaseCase)
        {
            case Base.BaseOneofCase.SnapshotName:
                BackupPoint earlier = await ResolveAsync(call, snapshot!.Namespace, from.SnapshotName).ConfigureAwait(false);
                if (earlier.Volume != point.Volume)
                {
                    throw BackupStatus.Invalid("The base belongs to another volume");
                }

                SnapshotDescriptor? found = await ((ISnapshotProvider)api.Provider).FindSnapshotAsync(earlier.Snapshot, call.Stop).ConfigureAwait(false);
                baseId = found?.ChangeId ?? throw BackupStatus.Refused("Changes since that snapshot are not known");
                break;
            case Base.BaseOneofCase.ChangeId:
                baseId = ChangeId.TryParse(from.ChangeId, null, out ChangeId id) ? id : throw BackupStatus.Invalid("This is not a change id");
                break;
        }

        return await SnapshotAnswer.AskAsync(api, point, baseId, fallback, call.Stop).ConfigureAwait(false);
    }

    private async Task<BackupPoint> ResolveAsync(BackupCall call, string objectNamespace, string name)
    {
        await call.RequireAsync(BackupAction.ReadSnapshot, objectNamespace, name).ConfigureAwait(false);
        return await api.Directory.FindPointAsync(objectNamespace, name, call.Stop).ConfigureAwait(false) ?? throw BackupStatus.Denied();
    }

    // A volume of another namespace is not there for this caller.
    private async Task<VolumeId> FindVolumeAsync(GetCapabilitiesRequest request, CancellationToken cancellationToken)
    {
        await foreach (BackupVolume volume in api.Directory.ListVolumesAsync(request.Namespace, cancellationToken).ConfigureAwait(false))
        {
            if (volume.Volume.ToString() == request.VolumeId)
            {
                return volume.Volume;
            }
        }

        throw BackupStatus.Denied();
    }
}
