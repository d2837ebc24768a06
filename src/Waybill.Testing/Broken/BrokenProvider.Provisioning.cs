using System.Collections.Concurrent;
using System.Globalization;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Makes, grows and removes volumes wrongly.</content>
public sealed partial class BrokenProvider
{
    private readonly ConcurrentDictionary<VolumeId, VolumeId> _clones = new();
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);
    private int _lastCopy;

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        VolumeCreateRequest made = request;
        switch (Breach)
        {
            case Breach.CreateNotIdempotent when !_asked.TryAdd(request.Name, true):
                made = request with { Name = Another(request.Name) };
                break;
            case Breach.ConcurrentCreateMakesTwo:
                int before = await _creating.EnterAsync(request.Name).ConfigureAwait(false);
                _creating.Leave(request.Name);
                made = before == 0 ? request : request with { Name = Another(request.Name) };
                break;
            case Breach.CloneEmpty:
                made = request with { Source = null };
                break;
            case Breach.CloneSourceIgnored when request.Source is { } source
                && (await inner.FindVolumeAsync(source.Volume, cancellationToken).ConfigureAwait(false) is null
                    || (source.Snapshot is { } id && await inner.FindSnapshotAsync(id, cancellationToken).ConfigureAwait(false) is null)):
                made = request with { Source = null };
                break;
            default:
                break;
        }

        VolumeDescriptor volume;
        try
        {
            volume = await inner.CreateVolumeAsync(made, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException conflict) when (Breach == Breach.VolumeConflictIgnored && conflict.Code == WaybillErrorCode.VolumeConflict)
        {
            volume = await inner.CreateVolumeAsync(request with { Name = Another(request.Name) }, cancellationToken).ConfigureAwait(false);
        }

        if (Breach == Breach.FreshNotZero && inner.GetDisk(volume.Id) is { IsPristine: true } disk)
        {
            disk.Write(7, [7]);
        }

        if (request.Source is { } origin)
        {
            _clones[volume.Id] = origin.Volume;
        }

        return volume;
    }

    /// <inheritdoc/>
    public async ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        if (Breach == Breach.VolumeDeleteIgnored)
        {
            return;
        }

        if (Breach == Breach.VolumeDeleteNotIdempotent && await inner.FindVolumeAsync(volume, cancellationToken).ConfigureAwait(false) is null)
        {
            throw inner.Failure(WaybillErrorCode.VolumeNotFound, "There is no such volume.");
        }

        await inner.DeleteVolumeAsync(volume, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        ModelDisk disk = inner.GetDisk(volume);
        long before = disk.Length;
        VolumeDescriptor grown = await inner.GrowVolumeAsync(volume, length, cancellationToken).ConfigureAwait(false);
        if (grown.Length > before && Breach == Breach.GrownNotZero)
        {
            disk.Write(before, [7]);
        }

        if (grown.Length > before && Breach == Breach.GrowLosesEnd)
        {
            disk.WriteZeroes(ByteRange.FromBounds(before - 4096, before));
        }

        return grown;
    }

    private string Another(string name) => string.Create(CultureInfo.InvariantCulture, $"{name}~{Interlocked.Increment(ref _lastCopy)}");
}
