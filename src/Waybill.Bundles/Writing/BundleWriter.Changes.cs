using Waybill.Bundles.Chains;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <content>Adding volumes from sequences of changes.</content>
public sealed partial class BundleWriter
{
    /// <summary>Adds a block volume whose content comes as a sequence of changes.</summary>
    /// <param name="request">The volume and its changes.</param>
    /// <param name="progress">Receives totals as cells are written; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>What the manifest will say of the stream.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.IncrementalRefused"/> across a change of size, <see cref="WaybillErrorCode.DeltaInvalid"/>, what the sequence
    /// fails with, or a failure of the output.
    /// </exception>
    public async Task<StreamInfo> AddVolumeChangesAsync(
        VolumeChangesRequest request, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(request.Length);
        RequireState(State.Open);
        StreamInfo? origin = request.ForceFull ? null : _parent?.Manifest.FindStream(StreamKind.BlockVolume, request.Name);
        if (origin is not null && origin.VirtualLength != request.Length)
        {
            throw ResizeRefused(request.Name, origin.VirtualLength, request.Length);
        }

        StreamBuilder stream = await RegisterAsync(StreamKind.BlockVolume, request.Name, _options.BlockSize, origin, cancellationToken).ConfigureAwait(false);
        ResolvedStream? parent = origin is null ? null : _parent!.OpenResolved(origin);
        try
        {
            var copy = new ChangeCopy(_core, stream, request, parent, progress);
            await foreach (PipelineJob job in copy.JobsAsync(cancellationToken).ConfigureAwait(false))
            {
                await _pipeline.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
            }

            ChangeReport change = (request.Change ?? new ChangeReport(ChangeKind.Unspecified)) with
            {
                Kind = origin is null ? ChangeKind.FullRead : ChangeKind.ChangedRanges,
                ReportedRanges = copy.Ranges,
                ReportedBytes = copy.Bytes,
            };
            return await EndAsync(stream, stream.Info with { Change = change, Volume = request.Facts }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await StopAsync(e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (parent is not null)
            {
                await parent.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
