using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Makes, grows and removes volumes.</content>
public sealed partial class ScriptedProvider
{
    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await Faults.EnterAsync(ScriptedCall.CreateVolume, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_volumes.Values.FirstOrDefault(volume => volume.Request.Name == request.Name) is { } existing)
            {
                return IsSame(existing.Request, request)
                    ? existing.Describe()
                    : throw Failure(WaybillErrorCode.VolumeConflict, $"There is a different volume named {request.Name}.");
            }

            return Add(request).Describe();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.DeleteVolume, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_volumes.TryGetValue(volume, out ScriptedVolume? found))
            {
                ThrowIfBusy(found);
                _volumes.Remove(volume);
                foreach (ScriptedSnapshot snapshot in _snapshots.Where(snapshot => snapshot.Volume.Id == volume))
                {
                    snapshot.IsDeleted = true;
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.GrowVolume, cancellationToken).ConfigureAwait(false);
        ScriptedVolume found = Require(volume, VolumeKind.Block);
        found.Disk.Grow(length);
        return found.Describe();
    }

    private static bool IsSame(VolumeCreateRequest one, VolumeCreateRequest other) =>
        (one.Length, one.Kind, one.Source, one.StorageClass) == (other.Length, other.Kind, other.Source, other.StorageClass)
        && one.Parameters.SequenceEqual(other.Parameters);

    private ScriptedVolume Add(VolumeCreateRequest request)
    {
        var volume = new ScriptedVolume(new VolumeId(NextId("vol")), request, Now(), _gate);
        if (request.Source is { } source)
        {
            ScriptedVolume origin = Require(source.Volume, request.Kind);
            ScriptedSnapshot? snapshot = source.Snapshot is { } id ? Require(source.Volume, id) : null;
            volume.Disk.CopyFrom(snapshot?.Content ?? origin.Disk.TakeSnapshot());
            volume.Tree.Replace(snapshot?.Tree ?? origin.Tree.Current);
        }

        _volumes.Add(volume.Id, volume);
        return volume;
    }
}
