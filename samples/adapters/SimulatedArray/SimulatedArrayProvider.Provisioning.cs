using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <content>Makes, grows and removes volumes.</content>
public sealed partial class SimulatedArrayProvider
{
    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await Gate.PassAsync(ArrayOperation.Provision, cancellationToken).ConfigureAwait(false);
        if (request.Kind != VolumeKind.Block)
        {
            throw Failure(WaybillErrorCode.ProviderUnsupported, "The array has blocks only.");
        }

        lock (_gate)
        {
            if (_volumes.Values.FirstOrDefault(volume => volume.Request.Name == request.Name) is { } existing)
            {
                return IsSame(existing.Request, request)
                    ? existing.Describe()
                    : throw Failure(WaybillErrorCode.VolumeConflict, $"There is a different volume {request.Name}.");
            }

            var made = new ArrayVolume(new VolumeId(NextId("vol")), request, Time(), new ChangeJournal(Options.JournalCapacity, _sequence));
            if (request.Source is { } source)
            {
                ArrayVolume origin = Require(source.Volume);
                ArraySnapshot? snapshot = source.Snapshot is { } id ? Require(source.Volume, id) : null;
                made.Content = snapshot?.Content ?? origin.Content;
                made.Length = Math.Max(made.Length, snapshot?.Descriptor.Length ?? origin.Length);
            }

            _volumes.Add(made.Id, made);
            return made.Describe();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Provision, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_volumes.TryGetValue(volume, out ArrayVolume? found))
            {
                ThrowIfWritten(found);
                _volumes.Remove(volume);
                RemoveSnapshots(snapshot => snapshot.Volume == found);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Provision, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ArrayVolume found = Require(volume);
            found.Length = Math.Max(found.Length, length);
            return found.Describe();
        }
    }

    private static bool IsSame(VolumeCreateRequest one, VolumeCreateRequest other) =>
        (one.Length, one.Source, one.StorageClass) == (other.Length, other.Source, other.StorageClass) && one.Parameters.SequenceEqual(other.Parameters);
}
