using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>The volumes that are offered beside the pool.</summary>
internal sealed class AttachedVolumes
{
    private readonly SortedDictionary<string, AttachedVolume> _volumes = new(StringComparer.Ordinal);
    private readonly string _provider;

    public AttachedVolumes(IEnumerable<AttachedVolume> volumes, string provider)
    {
        _provider = provider;
        foreach (AttachedVolume volume in volumes)
        {
            if (!VolumeId.TryParse(volume.Name, null, out _) || volume.Name.StartsWith(LocalProvider.VolumePrefix, StringComparison.Ordinal)
                || !_volumes.TryAdd(volume.Name, volume with { Path = Path.GetFullPath(volume.Path) }))
            {
                throw new ProviderException(WaybillErrorCode.ConfigurationInvalid, provider, "An attached volume has a name that cannot be used, or that another has")
                {
                    ObjectName = volume.Name,
                };
            }
        }
    }

    public IEnumerable<VolumeId> Ids => _volumes.Keys.Select(name => new VolumeId(name));

    /// <summary>Finds a volume as it is now.</summary>
    /// <returns>Null if none has that name, or if nothing is at its place.</returns>
    public VolumePlace? Find(VolumeId id)
    {
        if (!_volumes.TryGetValue(id.ToString(), out AttachedVolume? volume))
        {
            return null;
        }

        if (!Libc.TryGetStatus(volume.Path, out FileStatus status))
        {
            return Errno.Last == Errno.NoEntry ? null : throw Errno.ToError(_provider, Errno.Last, "The attached volume cannot be looked at", volume.Path);
        }

        return status.IsDirectory ? new VolumePlace(id, VolumeKind.FileTree, volume.Path, null, false)
            : status.IsRegular || status.IsBlockDevice ? new VolumePlace(id, VolumeKind.Block, volume.Path, null, status.IsBlockDevice)
            : throw new ProviderException(WaybillErrorCode.ProviderUnsupported, _provider, "Only a file, a block device or a directory can be a volume")
            {
                ObjectName = volume.Path,
            };
    }

    /// <summary>Describes a volume as it is now.</summary>
    public VolumeDescriptor Describe(VolumePlace place)
    {
        if (place.Kind == VolumeKind.FileTree)
        {
            return new VolumeDescriptor(place.Id, place.Id.ToString(), 0) { Kind = place.Kind };
        }

        using SafeFileHandle file = Libc.Open(place.Path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal);
        long length = file.IsInvalid ? -1 : Libc.Seek(file, 0, Libc.SeekEnd);
        return length >= 0
            ? new VolumeDescriptor(place.Id, place.Id.ToString(), length)
            : throw Errno.ToError(_provider, Errno.Last, "The attached volume cannot be opened", place.Path);
    }
}
