using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <content>Says what snapshots hold and what of it changed.</content>
public sealed partial class ClusterVolumeProvider
{
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        cancellationToken.ThrowIfCancellationRequested();
        (SnapshotObject found, SnapshotContentObject content) = await RequireSnapshotAsync(volume, snapshot, cancellationToken).ConfigureAwait(false);
        BackupClient client = await _services.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        BackupAnswer<ChangedRange>? answer = await ListFromAsync(client, new BackupQuestion(found.Namespace, found.Name) { StartingOffset = startingOffset }, cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            yield break;
        }

        await using (answer.ConfigureAwait(false))
        {
            if (answer.Head.Method != BackupMethod.Allocated)
            {
                throw Unsupported(snapshot.ToString(), "The platform does not know what of its volumes is in use");
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

    /// <inheritdoc/>
    public async ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        (SnapshotObject found, SnapshotContentObject content) = await RequireSnapshotAsync(volume, target, cancellationToken).ConfigureAwait(false);
        BackupClient client = await _services.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        var question = new BackupQuestion(found.Namespace, found.Name) { Base = baseId };
        try
        {
            SnapshotPoint point = await FindPointAsync(client, found, content, cancellationToken).ConfigureAwait(false) is { IsReady: true } ready ? ready : throw NotReady(found);
            return new DiffResult.Known(new SnapshotDelta(client, question, await AskAsync(client, question, point, cancellationToken).ConfigureAwait(false)));
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.InvalidArgument))
        {
            return new DiffResult.Fatal(e.Message);
        }
        catch (ProviderException e) when (e.VendorCode is nameof(StatusCode.FailedPrecondition) or nameof(StatusCode.Unimplemented))
        {
            VolumeCapabilities capabilities = await client.GetCapabilitiesAsync(found.Namespace, content.Volume, cancellationToken).ConfigureAwait(false);
            return capabilities.ReportsAllocated ? new DiffResult.UseAllocated(e.Message) : new DiffResult.UseFull(e.Message);
        }
        catch (ProviderException e) when (e.IsTransient && e.Code == WaybillErrorCode.ProviderBusy)
        {
            return new DiffResult.RetryLater(s_askAgain, e.Message);
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.PermissionDenied))
        {
            // It may have been removed since it was looked at.
            throw await FindObjectAsync(target, cancellationToken).ConfigureAwait(false) is null ? SnapshotNotFound(target) : e;
        }
    }

    /// <summary>Finds out whether there is a delta. Its last byte is asked for, so that the call comes to its end at once.</summary>
    private static async Task<BackupHead> AskAsync(BackupClient client, BackupQuestion question, SnapshotPoint point, CancellationToken cancellationToken)
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
    private static async Task<BackupAnswer<ChangedRange>?> ListFromAsync(BackupClient client, BackupQuestion question, CancellationToken cancellationToken)
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
