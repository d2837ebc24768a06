using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Keeps all open pools of this host, in this process or another, from writing to or removing an image at once. The system unlocks it when a process ends.</summary>
internal sealed class VolumeLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private VolumeLock(SafeFileHandle file)
    {
        _file = file;
    }

    /// <summary>Locks an image, or whatever else is at a path.</summary>
    /// <returns>The lock; null if somebody has it.</returns>
    /// <exception cref="FileNotFoundException">There is nothing.</exception>
    public static VolumeLock? TryTake(string path, string provider)
    {
        SafeFileHandle file = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal);
        if (!file.IsInvalid && Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking) == 0)
        {
            return new VolumeLock(file);
        }

        int error = Errno.Last;
        file.Dispose();
        return error == Errno.WouldBlock ? null
            : error == Errno.NoEntry ? throw new FileNotFoundException(null, path)
            : throw Errno.ToError(provider, error, "The volume cannot be locked", path);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
