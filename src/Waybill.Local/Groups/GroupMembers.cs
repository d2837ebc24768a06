namespace Waybill.Local;

/// <summary>The volumes of a group with what can write to them: other writers are locked out, mounted file systems are known.</summary>
internal sealed class GroupMembers : IDisposable
{
    private readonly List<VolumeLock> _locks = [];
    private readonly List<string> _mountPoints = [];

    private GroupMembers()
    {
    }

    /// <summary>Gets one mount point of each file system that must be held still.</summary>
    public IReadOnlyList<string> MountPoints => _mountPoints;

    /// <summary>Finds out what uses the volumes.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.GroupRefused"/>: something writes to one that cannot be held still.</exception>
    public static GroupMembers Lock(IReadOnlyList<VolumePlace> places, string pool, string provider)
    {
        var result = new GroupMembers();
        try
        {
            foreach (VolumePlace place in places)
            {
                result.Add(place, pool, provider);
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Makes the error of a group that cannot be taken.</summary>
    public static ProviderException Refuse(string provider, string why, string? volume = null, bool transient = false) =>
        new(WaybillErrorCode.GroupRefused, provider, why) { ObjectName = volume, IsTransient = transient };

    /// <inheritdoc/>
    public void Dispose() => _locks.ForEach(held => held.Dispose());

    private void Add(VolumePlace place, string pool, string provider)
    {
        try
        {
            _locks.Add(VolumeLock.TryTake(place.Path, provider) ?? throw Refuse(provider, "The volume is open for writing", place.Id.ToString(), transient: true));
        }
        catch (FileNotFoundException)
        {
            throw new ProviderException(WaybillErrorCode.VolumeNotFound, provider, "There is no such volume") { ObjectName = place.Id.ToString() };
        }

        foreach (LoopDevice loop in LoopDevices.FindOn(place.Path))
        {
            string mountPoint = MountTable.FindMountOf(loop)
                ?? throw Refuse(provider, $"The volume is attached to {loop.Path}, which is not mounted here: nothing can hold back what writes to it", place.Id.ToString());

            // Holding that one would hold the snapshots themselves.
            if (Libc.TryGetStatus(mountPoint, out FileStatus inner) && Libc.TryGetStatus(pool, out FileStatus outer)
                && (inner.DeviceMajor, inner.DeviceMinor) == (outer.DeviceMajor, outer.DeviceMinor))
            {
                throw Refuse(provider, "The pool lies on a file system inside the volume", place.Id.ToString());
            }

            if (!_mountPoints.Contains(mountPoint))
            {
                _mountPoints.Add(mountPoint);
            }
        }
    }
}
