using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Writes a run's bundle: definitions first, then the volumes, several at once.</summary>
internal sealed class BundleAssembly(
    EngineContext context, ProtectedApplication application, ProtectRequest request, ParentPoint parent, StoredParts stored, IProgress<EngineProgress>? progress)
{
    private readonly ProgressRelay _progress = new(progress, EnginePhase.Copying);
    private long _resumed;
    private long _selfChecked;

    public long ResumedBytes => Interlocked.Read(ref _resumed);

    public long SelfCheckedBytes => Interlocked.Read(ref _selfChecked);

    public async Task<BundleManifest> WriteAsync(
        Stream output, BundleId id, IReadOnlyList<VolumeCopyPlan> plans, ConsistencyEvidence evidence, CancellationToken cancellationToken)
    {
        BundleWriterOptions options = request.Writer.Copy();
        options.BundleId = id;
        options.TimeProvider = context.TimeProvider;
        options.LeaveOpen = true;
        var description = new BundleDescription(new ApplicationIdentity(application.Id, application.Name) { Origin = application.Origin })
        {
            Lineage = parent.Chain?.Manifest.Lineage,
            Tags = application.Tags,
        };
        BundleWriter writer = await BundleWriter.CreateAsync(output, description, parent.Chain, options, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            if (application.Resources.Length > 0)
            {
                await writer.AddResourcesAsync(application.Resources, cancellationToken).ConfigureAwait(false);
            }

            IReadOnlyList<StreamInfo>[] streams = await AddVolumesAsync(writer, plans, cancellationToken).ConfigureAwait(false);
            if (evidence.WriteOrderFidelity || plans.Count <= 1)
            {
                AddGroup(writer, evidence, streams.SelectMany(s => s));
            }
            else
            {
                // Each is consistent in itself, not with the others.
                foreach (IReadOnlyList<StreamInfo> volume in streams)
                {
                    AddGroup(writer, evidence, volume);
                }
            }

            return await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void AddGroup(BundleWriter writer, ConsistencyEvidence evidence, IEnumerable<StreamInfo> streams)
    {
        if (streams.Any())
        {
            writer.AddConsistencyGroup(evidence, streams);
        }
    }

    private async Task<IReadOnlyList<StreamInfo>[]> AddVolumesAsync(BundleWriter writer, IReadOnlyList<VolumeCopyPlan> plans, CancellationToken cancellationToken)
    {
        var results = new IReadOnlyList<StreamInfo>[plans.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = application.Policy.ParallelVolumes, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, plans.Count, options, async (i, token) => results[i] = await AddVolumeAsync(writer, plans[i], token).ConfigureAwait(false)).ConfigureAwait(false);
        return results;
    }

    private async Task<IReadOnlyList<StreamInfo>> AddVolumeAsync(BundleWriter writer, VolumeCopyPlan plan, CancellationToken cancellationToken)
    {
        RunVolume volume = plan.Volume;
        if (volume.IsTree)
        {
            FileTreeSource tree = await ((IFileTreeProvider)volume.Provider).OpenTreeAsync(volume.Source, cancellationToken).ConfigureAwait(false);
            await using (tree.ConfigureAwait(false))
            {
                return await writer.AddFileTreeAsync(volume.Name, tree, volume.Request.Changes == ChangePolicy.Full, Facts(volume), _progress, cancellationToken).ConfigureAwait(false);
            }
        }

        BlockReader snapshot = await volume.Provider.OpenReadAsync(volume.Source, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            return [await AddBlocksAsync(writer, plan, snapshot, cancellationToken).ConfigureAwait(false)];
        }
    }

    private async Task<StreamInfo> AddBlocksAsync(BundleWriter writer, VolumeCopyPlan plan, BlockReader snapshot, CancellationToken cancellationToken)
    {
        string name = plan.Volume.Name;
        StreamInfo info;
        if (plan.Delta is { } delta && (delta is not RangeDelta || delta is RangeDelta { ReaderHoldsListedOnly: true }))
        {
            RangeCollector covered = plan.Ranges ?? new RangeCollector();
            IAsyncEnumerable<VolumeChange> changes = ChangeReader.ReadAsync(delta, snapshot, plan.Plan.Length, name, cancellationToken: cancellationToken);
            var streamed = new VolumeChangesRequest(name, plan.Plan.Length, plan.Ranges is null ? Noting(changes, covered, cancellationToken) : changes)
            {
                CompareChanged = plan.Volume.Capabilities.Exactness == ChangeExactness.Coarse,
                Facts = Facts(plan.Volume),
                Change = Report(plan),
            };
            info = await writer.AddVolumeChangesAsync(streamed, _progress, cancellationToken).ConfigureAwait(false);
            await SelfCheckAsync(plan, snapshot, covered.Ranges, cancellationToken).ConfigureAwait(false);
            return info;
        }

        BlockReader source = plan.Delta is RangeDelta { Reader: { } own } ? own : snapshot;
        info = stored.Open(name) is { } kept
            ? await ResumeAsync(writer, plan, source, kept, cancellationToken).ConfigureAwait(false)
            : await writer.AddVolumeAsync(Request(plan, source), _progress, cancellationToken).ConfigureAwait(false);
        if (plan.Plan.Step == CopyStep.Delta)
        {
            await SelfCheckAsync(plan, snapshot, plan.Ranges!.Ranges, cancellationToken).ConfigureAwait(false);
        }

        return info;
    }

    private async Task<StreamInfo> ResumeAsync(BundleWriter writer, VolumeCopyPlan plan, BlockReader source, SalvagedContent kept, CancellationToken cancellationToken)
    {
        var reader = new StoredReader(source, kept, application.Policy.SelfCheckShare);
        await using (kept.ConfigureAwait(false))
        await using (reader.ConfigureAwait(false))
        {
            StreamInfo info = await writer.AddVolumeAsync(Request(plan, reader), _progress, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _resumed, reader.ReusedBytes);
            return info;
        }
    }

    private static VolumeRequest Request(VolumeCopyPlan plan, BlockReader source) => new(
        plan.Volume.Name, plan.Plan.Step == CopyStep.Allocated ? new AllocatedReader(source, plan.Ranges!.Ranges) : source)
    {
        ChangedRanges = plan.Plan.Step == CopyStep.Delta ? plan.Ranges!.Ranges : null,
        CompareChanged = plan.Volume.Capabilities.Exactness == ChangeExactness.Coarse,
        ForceFull = plan.Plan.IsFull,
        Facts = Facts(plan.Volume),
        Change = Report(plan),
    };

    private static async IAsyncEnumerable<VolumeChange> Noting(
        IAsyncEnumerable<VolumeChange> changes, RangeCollector covered, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (VolumeChange change in changes.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            covered.Add(change.Range);
            yield return change;
        }
    }

    private async Task SelfCheckAsync(VolumeCopyPlan plan, BlockReader snapshot, IReadOnlyList<ByteRange> changed, CancellationToken cancellationToken)
    {
        BlockReader before = parent.Chain!.OpenStream(StreamKind.BlockVolume, plan.Volume.Name);
        await using (before.ConfigureAwait(false))
        {
            var check = new SelfCheck(plan.Volume, snapshot, before, application.Policy.SelfCheckShare);
            Interlocked.Add(ref _selfChecked, await check.RunAsync(changed, cancellationToken).ConfigureAwait(false));
        }
    }

    private static VolumeFacts Facts(RunVolume volume) => volume.Request.Facts with
    {
        PlatformHandle = volume.Descriptor.Id.ToString(),
        Provider = volume.Request.Provider,
        StorageClass = Choose(volume.Request.Facts.StorageClass, volume.Descriptor.StorageClass),
        FileSystem = Choose(volume.Request.Facts.FileSystem, volume.Descriptor.FileSystem),
        Capabilities = CapabilityText.Of(volume.Capabilities),
    };

    private static string Choose(string first, string second) => first.Length > 0 ? first : second;

    private static ChangeReport Report(VolumeCopyPlan plan) => new(ChangeKind.Unspecified)
    {
        Provider = plan.Volume.Request.Provider,
        BaseHandle = plan.Base,
        TargetHandle = plan.Volume.Snapshot?.Id.ToString() ?? "",
        ChangeId = plan.Volume.Snapshot?.ChangeId?.ToString() ?? "",
        ReportedRanges = plan.Ranges?.Count ?? 0,
        ReportedBytes = plan.Ranges?.Bytes ?? 0,
        Reason = string.Join("; ", plan.Plan.Reasons),
    };
}
