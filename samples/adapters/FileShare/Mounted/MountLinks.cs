namespace Waybill.Samples.FileShare;

/// <summary>Numbers the files that have several names. A file is remembered only until all its names were met.</summary>
internal sealed class MountLinks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<((uint, uint) Device, ulong Inode), (ulong Group, uint NamesLeft)> _files = [];
    private ulong _last;

    public ulong GetGroup(in MountStatus status)
    {
        if (status.Links <= 1)
        {
            return 0;
        }

        lock (_gate)
        {
            ((uint, uint), ulong) key = (status.Device, status.Inode);
            (ulong group, uint left) = _files.TryGetValue(key, out (ulong Group, uint NamesLeft) known) ? known : (++_last, status.Links);
            if (left <= 1)
            {
                _files.Remove(key);
            }
            else
            {
                _files[key] = (group, left - 1);
            }

            return group;
        }
    }
}
