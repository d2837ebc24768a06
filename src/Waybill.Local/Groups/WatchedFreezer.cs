using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Freezes with a watchdog that thaws at the limit, or when this process is killed. What somebody else holds already counts as held.</summary>
internal sealed class WatchedFreezer(string provider, TimeProvider time) : IFreezer
{
    /// <inheritdoc/>
    public async Task<IFrozen> FreezeAsync(IReadOnlyList<string> mountPoints, TimeSpan limit, CancellationToken cancellationToken)
    {
        List<string> own = [.. mountPoints];
        List<string> others = [];
        while (own.Count > 0)
        {
            try
            {
                return new Frozen(await FileSystemFreeze.HoldAsync(provider, own, limit, time, cancellationToken).ConfigureAwait(false), others);
            }
            catch (ProviderException e) when (e.VendorCode == $"errno {QuiesceLibc.Busy}" && e.ObjectName is { } path && own.Remove(path))
            {
                // Whoever froze it, such as the quiescer of the same run, thaws it too.
                others.Add(path);
            }
        }

        return new Frozen(null, others);
    }

    private sealed class Frozen(FileSystemFreeze? freeze, List<string> others) : IFrozen
    {
        public async Task<bool> ThawAsync()
        {
            bool held = await Task.Run(() => others.TrueForAll(IsHeld)).ConfigureAwait(false);
            return freeze is null ? held : !(await freeze.ThawAsync().ConfigureAwait(false)).Broken && held;
        }

        public ValueTask DisposeAsync() => freeze?.DisposeAsync() ?? ValueTask.CompletedTask;

        private static unsafe bool IsHeld(string mountPoint)
        {
            using SafeFileHandle file = Libc.Open(mountPoint, Libc.OpenReadOnly | Libc.OpenDirectory);
            if (file.IsInvalid || Libc.Control(file, Libc.FreezeFileSystem, null) != 0)
            {
                return !file.IsInvalid && Errno.Last == Errno.Busy;
            }

            // It could be frozen, so whoever held it let it go.
            _ = Libc.Control(file, Libc.ThawFileSystem, null);
            return false;
        }
    }
}
