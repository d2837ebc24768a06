using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Freezes by the system call alone. If this process is killed meanwhile, nothing thaws.</summary>
internal sealed class IoctlFreezer : IFreezer
{
    /// <inheritdoc/>
    public Task<IFrozen> FreezeAsync(IReadOnlyList<string> mountPoints, TimeSpan limit, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var frozen = new Frozen(limit);
            try
            {
                foreach (string mountPoint in mountPoints)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    frozen.Add(mountPoint);
                }

                return (IFrozen)frozen;
            }
            catch
            {
                frozen.ThawAll();
                throw;
            }
        },
        cancellationToken);

    private sealed class Frozen : IFrozen
    {
        private readonly Lock _lock = new();
        private readonly List<(SafeFileHandle File, bool Own)> _held = [];
        private readonly CancellationTokenSource _limit;
        private bool _thawed;
        private bool _broken;

        public Frozen(TimeSpan limit)
        {
            _limit = new CancellationTokenSource(limit);
            _limit.Token.Register(() => ThawAll(late: true));
        }

        public unsafe void Add(string mountPoint)
        {
            lock (_lock)
            {
                SafeFileHandle file = Libc.Open(mountPoint, Libc.OpenReadOnly | Libc.OpenDirectory);
                if (!_thawed && !file.IsInvalid)
                {
                    bool own = Libc.Control(file, Libc.FreezeFileSystem, null) == 0;
                    if (own || Errno.Last == Errno.Busy)
                    {
                        // Busy: somebody else holds it already, and thaws it.
                        _held.Add((file, own));
                        return;
                    }
                }

                int error = Errno.Last;
                file.Dispose();
                throw new ProviderException(
                    WaybillErrorCode.QuiesceFailed,
                    "local",
                    _thawed ? "Freezing the file systems took too long" : $"The file system cannot be frozen: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error)}")
                {
                    ObjectName = mountPoint,
                };
            }
        }

        public Task<bool> ThawAsync() => Task.Run(() => ThawAll());

        public async ValueTask DisposeAsync()
        {
            await ThawAsync().ConfigureAwait(false);
            _limit.Dispose();
        }

        public unsafe bool ThawAll(bool late = false)
        {
            lock (_lock)
            {
                if (_thawed)
                {
                    return !_broken;
                }

                _thawed = true;
                _broken = late;
                foreach ((SafeFileHandle file, bool own) in _held)
                {
                    if (own)
                    {
                        // Not frozen any more: somebody thawed it before us.
                        _broken |= Libc.Control(file, Libc.ThawFileSystem, null) != 0;
                    }
                    else if (Libc.Control(file, Libc.FreezeFileSystem, null) == 0)
                    {
                        // It could be frozen, so whoever held it let it go.
                        _broken = true;
                        _ = Libc.Control(file, Libc.ThawFileSystem, null);
                    }

                    file.Dispose();
                }

                _held.Clear();
                return !_broken;
            }
        }
    }
}
