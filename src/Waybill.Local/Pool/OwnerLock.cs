using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Shows other processes that an open pool is alive: a locked file, which the system unlocks however the process ends.</summary>
internal sealed class OwnerLock : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;

    private OwnerLock(SafeFileHandle file, string path, string owner)
    {
        _file = file;
        _path = path;
        Owner = owner;
    }

    /// <summary>Gets the name of this open pool in records.</summary>
    public string Owner { get; }

    /// <summary>Makes and locks a file.</summary>
    public static OwnerLock Take(string directory, string provider)
    {
        while (true)
        {
            string owner = Guid.NewGuid().ToString("N");
            string path = Path.Join(directory, owner);
            SafeFileHandle file = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, 0x180);
            if (file.IsInvalid)
            {
                throw Errno.ToError(provider, Errno.Last, "The pool cannot be locked", path);
            }

            // Somebody who cleans up may have found the file before it was locked, and removed it.
            if (Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking) == 0 && Libc.TryGetStatus(file, out FileStatus status) && status.LinkCount > 0)
            {
                return new OwnerLock(file, path, owner);
            }

            file.Dispose();
        }
    }

    /// <summary>Finds the owners whose process is gone. Their files stay until <see cref="Forget"/>.</summary>
    public static IEnumerable<string> FindDead(string directory) =>
        Directory.EnumerateFiles(directory).Where(path => IsDead(path)).Select(path => Path.GetFileName(path));

    /// <summary>Whether the process of an owner is gone.</summary>
    public static bool IsDead(string directory, string owner) => IsDead(Path.Join(directory, owner));

    /// <summary>Removes the file of an owner who is gone and has nothing in the records any more.</summary>
    public static void Forget(string directory, string owner) => _ = Libc.Remove(Path.Join(directory, owner));

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Libc.Remove(_path);
        _file.Dispose();
    }

    /// <summary>Unlocks without removing the file, as the end of the process would.</summary>
    internal void Abandon() => _file.Dispose();

    private static bool IsDead(string path)
    {
        using SafeFileHandle file = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenNoTerminal);

        // A file that is not there was removed by an owner that ended in order.
        return file.IsInvalid ? Errno.Last == Errno.NoEntry : Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking) == 0;
    }
}
