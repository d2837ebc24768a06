using Microsoft.Win32.SafeHandles;
using Waybill.Csi;
using Waybill.CsiDriver.Loop;
using Waybill.Local;
using Waybill.Providers;

namespace Waybill.CsiDriver;

/// <summary>Brings volumes of a pool to the host it is on: images as loop devices, trees as the directories they are.</summary>
/// <remarks>
/// A pool is on one host, so a volume is never attached read-only: this kernel is the only one that replays the log of its file system, and the
/// node service keeps users from writing.
/// </remarks>
internal sealed class LoopVolumes(LocalProvider pool, TimeProvider time) : INodeVolumes
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(5);

    /// <summary>How long whatever looks at new block devices, such as udev, may keep one open that is taken down.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async ValueTask<NodeVolume> AttachAsync(NodeAttachRequest request, CancellationToken cancellationToken = default)
    {
        LocalVolumeLocation place = await pool.FindLocationAsync(request.Volume, cancellationToken).ConfigureAwait(false) ?? throw NotFound(request.Volume);
        if (AsItIs(place) is { } ready)
        {
            return ready;
        }

        using SafeFileHandle image = LoopLibc.Open(place.Path, LoopLibc.OpenReadWrite);
        if (image.IsInvalid)
        {
            throw LoopLibc.Error == LoopLibc.NoEntry ? NotFound(request.Volume) : LoopDevices.Fail(pool.Name, "The volume cannot be opened", place.Path);
        }

        // Whoever removes the volume, writes to it as a whole or takes it into a group of snapshots holds this lock and looks for loop devices under it.
        if (LoopLibc.Lock(image, LoopLibc.LockExclusive | LoopLibc.LockNonBlocking) != 0)
        {
            throw LoopLibc.Error == LoopLibc.WouldBlock
                ? Busy(request.Volume, "something else works on it")
                : LoopDevices.Fail(pool.Name, "The volume cannot be locked", place.Path);
        }

        try
        {
            if (!LoopLibc.TryGetIdentity(image, out FileIdentity identity))
            {
                throw LoopDevices.Fail(pool.Name, "The volume cannot be looked at", place.Path);
            }

            if (identity.Links == 0)
            {
                throw NotFound(request.Volume);
            }

            string device = LoopDevices.FindOn(identity) is [var first, ..] ? first : LoopDevices.Attach(image, place.Path, pool.Name);
            return new NodeVolume(device) { IsBlank = IsBlank(device, image), GivesBackSpace = true };
        }
        finally
        {
            _ = LoopLibc.Lock(image, LoopLibc.Unlock);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<NodeVolume?> FindAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        if (await pool.FindLocationAsync(volume, cancellationToken).ConfigureAwait(false) is not { } place)
        {
            return null;
        }

        if (AsItIs(place) is { } ready)
        {
            return ready;
        }

        using SafeFileHandle image = LoopLibc.Open(place.Path, LoopLibc.OpenReadOnly);
        return !image.IsInvalid && LoopLibc.TryGetIdentity(image, out FileIdentity identity) && LoopDevices.FindOn(identity) is [var device, ..]
            ? new NodeVolume(device) { GivesBackSpace = true }
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask DetachAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        // A volume that is attached cannot be removed, so what is not found is not attached.
        LocalVolumeLocation? place = await pool.FindLocationAsync(volume, cancellationToken).ConfigureAwait(false);
        if (place is null || AsItIs(place) is not null || !LoopLibc.TryGetIdentity(place.Path, out FileIdentity identity))
        {
            return;
        }

        List<string> devices = LoopDevices.FindOn(identity);
        devices.ForEach(device => LoopDevices.Detach(device, pool.Name));
        long start = time.GetTimestamp();
        while (devices.Count > 0 && LoopDevices.FindOn(identity) is [var left, ..])
        {
            if (time.GetElapsedTime(start) > s_patience)
            {
                throw Busy(volume, $"something has {left} open");
            }

            await Task.Delay(s_poll, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> RefreshSizeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        NodeVolume found = await FindAsync(volume, cancellationToken).ConfigureAwait(false) ?? throw NotFound(volume);
        return found.IsDirectory ? 0 : LoopDevices.TakeNewSize(found.Path, pool.Name);
    }

    private static NodeVolume? AsItIs(LocalVolumeLocation place) =>
        place.Kind == VolumeKind.FileTree ? new NodeVolume(place.Path, IsDirectory: true) : place.IsDevice ? new NodeVolume(place.Path) : null;

    private bool IsBlank(string device, SafeFileHandle image)
    {
        // Only what is in the file can be asked for.
        LoopDevices.Flush(device, pool.Name);
        return LoopLibc.Seek(image, 0, LoopLibc.SeekData) < 0 && LoopLibc.Error == LoopLibc.NoSuchAddress;
    }

    private ProviderException NotFound(VolumeId volume) =>
        new(WaybillErrorCode.VolumeNotFound, pool.Name, "There is no such volume") { ObjectName = volume.ToString() };

    private ProviderException Busy(VolumeId volume, string why) =>
        new(WaybillErrorCode.ProviderBusy, pool.Name, $"The volume is in use: {why}") { ObjectName = volume.ToString(), IsTransient = true };
}
