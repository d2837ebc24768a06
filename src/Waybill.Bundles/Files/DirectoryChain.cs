using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>
/// Opens directories of a tree component by component, never through a symbolic link, so that no path can lead out of the tree and none is too long.
/// </summary>
/// <remarks>
/// Keeps the directories on the way to the last one open, as the next one is mostly nearby, but not more than a few: a tree can be deeper
/// than a process may have files open. A directory that has to be opened again must still be the same one. Not for concurrent use.
/// </remarks>
internal sealed class DirectoryChain : IDisposable
{
    private const int MaxOpenLevels = 32;

    private readonly SafeFileHandle _root;
    private readonly List<Level> _levels = [];
    private FilePath _current;

    /// <param name="root">The root of the tree; remains the caller's.</param>
    public DirectoryChain(SafeFileHandle root) => _root = root;

    /// <summary>Opens a directory.</summary>
    /// <param name="directory">Its path in the tree.</param>
    /// <param name="handle">The open directory: borrowed until the next call.</param>
    /// <returns>Whether it could be opened; if not, the last error says why.</returns>
    public bool TryEnter(FilePath directory, out SafeFileHandle handle)
    {
        Leave(CountCommonLevels(directory));
        _current = directory;
        handle = _root;
        if (!TryReopen())
        {
            return false;
        }

        int end = _levels.Count > 0 ? _levels[^1].End : 0;
        while (end < directory.Bytes.Length)
        {
            if (!TryDescend(ref end))
            {
                return false;
            }
        }

        handle = Deepest;
        return true;
    }

    public void Dispose() => Leave(0);

    private SafeFileHandle Deepest => _levels.Count > 0 ? _levels[^1].Handle! : _root;

    private int CountCommonLevels(FilePath directory)
    {
        ReadOnlySpan<byte> path = directory.Bytes;
        int common = path.CommonPrefixLength(_current.Bytes);
        int count = _levels.Count;
        while (count > 0 && !(_levels[count - 1].End <= common && (_levels[count - 1].End == path.Length || path[_levels[count - 1].End] == '/')))
        {
            count--;
        }

        return count;
    }

    private void Leave(int count)
    {
        for (int i = _levels.Count - 1; i >= count; i--)
        {
            _levels[i].Handle?.Dispose();
        }

        _levels.RemoveRange(count, _levels.Count - count);
    }

    // Opens the deepest level again if it was closed for being far up, and with it those above it that fit.
    private bool TryReopen()
    {
        int open = _levels.Count;
        while (open > 0 && _levels[open - 1].Handle is null)
        {
            open--;
        }

        for (int i = open; i < _levels.Count; i++)
        {
            Level level = _levels[i];
            SafeFileHandle parent = i > 0 ? _levels[i - 1].Handle! : _root;
            int start = i > 0 ? _levels[i - 1].End + 1 : 0;
            if (!TryOpen(parent, _current.Bytes[start..level.End], out SafeFileHandle handle, out FileStatus status))
            {
                Leave(i);
                return false;
            }

            if (status.Inode != level.Inode || status.Device != level.Device)
            {
                handle.Dispose();
                Leave(i);
                System.Runtime.InteropServices.Marshal.SetLastPInvokeError(Errno.Stale);
                return false;
            }

            level.Handle = handle;
            CloseFarUp(i);
        }

        return true;
    }

    private bool TryDescend(ref int end)
    {
        int start = end == 0 ? 0 : end + 1;
        ReadOnlySpan<byte> rest = _current.Bytes[start..];
        int length = rest.IndexOf((byte)'/');
        ReadOnlySpan<byte> name = length < 0 ? rest : rest[..length];
        if (!TryOpen(Deepest, name, out SafeFileHandle handle, out FileStatus status))
        {
            return false;
        }

        end = start + name.Length;
        _levels.Add(new Level { End = end, Handle = handle, Device = status.Device, Inode = status.Inode });
        CloseFarUp(_levels.Count - 1);
        return true;
    }

    private void CloseFarUp(int deepest)
    {
        if (deepest >= MaxOpenLevels)
        {
            _levels[deepest - MaxOpenLevels].Handle?.Dispose();
            _levels[deepest - MaxOpenLevels].Handle = null;
        }
    }

    private static bool TryOpen(SafeFileHandle parent, ReadOnlySpan<byte> name, out SafeFileHandle handle, out FileStatus status)
    {
        const int Flags = Libc.OpenReadOnly | Libc.OpenNonBlocking;
        int flags = Flags | Libc.OpenDirectory | Libc.OpenNoFollow;
        handle = Libc.OpenAt(parent, name, flags | Libc.OpenNoAccessTime);
        if (handle.IsInvalid && Errno.Last == Errno.NotPermitted)
        {
            // Only the owner may read without leaving a trace.
            handle = Libc.OpenAt(parent, name, flags);
        }

        status = default;
        if (handle.IsInvalid)
        {
            return false;
        }

        if (Libc.TryGetStatus(handle, out status))
        {
            return true;
        }

        int error = Errno.Last;
        handle.Dispose();
        System.Runtime.InteropServices.Marshal.SetLastPInvokeError(error);
        return false;
    }

    private sealed class Level
    {
        public required int End { get; init; }

        public required ulong Device { get; init; }

        public required ulong Inode { get; init; }

        public required SafeFileHandle? Handle { get; set; }
    }
}
