using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Data that the driver serves itself, by the backup API (docs/spec/backup-api.md). Nothing is attached or mounted.</summary>
internal sealed class ServedData(BackupClient client, string provider) : IClaimData
{
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2);

    public Task<VolumeCapabilities> GetCapabilitiesAsync(BoundClaim claim, CancellationToken cancellationToken) =>
        client.GetCapabilitiesAsync(claim.Namespace, claim.Handle, cancellationToken);

    public async Task<IReadOnlyDictionary<string, SnapshotPoint>> FindPointsAsync(
        string objectNamespace, VolumeId? volume, IReadOnlyList<(SnapshotObject Snapshot, SnapshotContentObject Content)> snapshots, CancellationToken cancellationToken) =>
        await client.ListPointsAsync(objectNamespace, volume, cancellationToken).ToDictionaryAsync(point => point.Name, StringComparer.Ordinal, cancellationToken).ConfigureAwait(false);

    public Task<BlockReader> OpenAsync(SnapshotObject snapshot, SnapshotContentObject content, SnapshotPoint point, Func<ValueTask>? onDispose, CancellationToken cancellationToken) =>
        Task.FromResult<BlockReader>(new SnapshotContent(client, snapshot.Namespace, snapshot.Name, point.Length, onDispose));

    public Task<BlockReader?> OpenUnusedAsync(BoundClaim claim, CancellationToken cancellationToken) => Task.FromResult<BlockReader?>(null);

    public Task<ClaimWriter> OpenWriteAsync(BoundClaim claim, Action onDispose, CancellationToken cancellationToken) =>
        Task.FromResult(new ClaimWriter(client, claim, () =>
        {
            onDispose();
            return ValueTask.CompletedTask;
        }));

    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        SnapshotObject snapshot, SnapshotContentObject content, long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BackupAnswer<ChangedRange>? answer = await ListFromAsync(new BackupQuestion(snapshot.Namespace, snapshot.Name) { StartingOffset = startingOffset }, cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            yield break;
        }

        await using (answer.ConfigureAwait(false))
        {
            if (answer.Head.Method != BackupMethod.Allocated)
            {
                throw new ProviderException(WaybillErrorCode.ProviderUnsupported, provider, "The platform does not know what of its volumes is in use") { ObjectName = snapshot.FullName };
            }

            await foreach (ChangedRange range in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (range.Kind == ChangedRangeKind.Data)
                {
                    yield return range.Range;
                }
            }
        }
    }

    public async Task<DiffResult> DiffAsync(SnapshotObject snapshot, SnapshotContentObject content, ChangeId baseId, CancellationToken cancellationToken)
    {
        var question = new BackupQuestion(snapshot.Namespace, snapshot.Name) { Base = baseId };
        try
        {
            return await this.FindPointAsync(snapshot, content, cancellationToken).ConfigureAwait(false) is { IsReady: true } point
                ? new DiffResult.Known(new SnapshotDelta(client, question, await AskAsync(question, point, cancellationToken).ConfigureAwait(false)))
                : new DiffResult.RetryLater(s_askAgain, "The snapshot cannot be read yet");
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.InvalidArgument))
        {
            return new DiffResult.Fatal(e.Message);
        }
        catch (ProviderException e) when (e.VendorCode is nameof(StatusCode.FailedPrecondition) or nameof(StatusCode.Unimplemented))
        {
            VolumeCapabilities capabilities = await client.GetCapabilitiesAsync(snapshot.Namespace, content.Volume, cancellationToken).ConfigureAwait(false);
            return capabilities.ReportsAllocated ? new DiffResult.UseAllocated(e.Message) : new DiffResult.UseFull(e.Message);
        }
        catch (ProviderException e) when (e.IsTransient && e.Code == WaybillErrorCode.ProviderBusy)
        {
            return new DiffResult.RetryLater(s_askAgain, e.Message);
        }
    }

    /// <summary>Finds out whether there is a delta. Its last byte is asked for, so that the call comes to its end at once.</summary>
    private async Task<BackupHead> AskAsync(BackupQuestion question, SnapshotPoint point, CancellationToken cancellationToken)
    {
        BackupAnswer<ChangedRange> answer = await client.ListRangesAsync(
            question with { StartingOffset = Math.Max(0, point.Length - 1) }, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            await foreach (ChangedRange unused in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // The list itself comes when it is asked for.
            }

            return answer.Head;
        }
    }

    /// <summary>Lists from an offset on; null if it is behind the end.</summary>
    private async Task<BackupAnswer<ChangedRange>?> ListFromAsync(BackupQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ListRangesAsync(question, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.OutOfRange) && question.StartingOffset > 0)
        {
            return null;
        }
    }
}
