namespace Waybill.Bundles;

/// <summary>A bounded number of open files of a tree, for reads that come at one file several times. Files are found by the place of their entry.</summary>
internal sealed class OpenFileCache : IAsyncDisposable
{
    private const int Capacity = 32;

    private readonly Func<long, Task<OpenFile>> _open;
    private readonly Func<OpenFile, ValueTask> _close;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Slot> _slots = [];
    private long _clock;

    /// <param name="open">Opens a file; must not fail, what cannot be opened is a file without content.</param>
    /// <param name="close">Closes a file.</param>
    public OpenFileCache(Func<long, Task<OpenFile>> open, Func<OpenFile, ValueTask> close)
    {
        _open = open;
        _close = close;
    }

    /// <summary>Gets a file for use; <see cref="ReturnAsync"/> ends that.</summary>
    public async ValueTask<OpenFile> RentAsync(long position)
    {
        Slot slot;
        lock (_lock)
        {
            if (!_slots.TryGetValue(position, out slot!))
            {
                _slots.Add(position, slot = new Slot(new Lazy<Task<OpenFile>>(() => _open(position))));
            }

            slot.Users++;
            slot.LastUse = ++_clock;
        }

        try
        {
            return await slot.File.Value.ConfigureAwait(false);
        }
        catch
        {
            lock (_lock)
            {
                // Cancelled while it was opened: the next to ask starts anew.
                slot.Users--;
                if (_slots.GetValueOrDefault(position) == slot)
                {
                    _slots.Remove(position);
                }
            }

            throw;
        }
    }

    /// <summary>Ends the use of a file, and closes the one that was idle for longest if there are too many.</summary>
    public async ValueTask ReturnAsync(OpenFile file)
    {
        Slot? evicted = null;
        lock (_lock)
        {
            _slots[file.Position].Users--;
            if (_slots.Count > Capacity)
            {
                (long position, evicted) = _slots.Where(s => s.Value.Users == 0).OrderBy(s => s.Value.LastUse).FirstOrDefault();
                if (evicted is not null)
                {
                    _slots.Remove(position);
                }
            }
        }

        if (evicted is not null)
        {
            await _close(await evicted.File.Value.ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all files; none may be in use.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Slot> slots;
        lock (_lock)
        {
            slots = [.. _slots.Values];
            _slots.Clear();
        }

        // Each is closed, whatever becomes of the others; the first error is told.
        await Task.WhenAll(slots.Select(async slot => await _close(await slot.File.Value.ConfigureAwait(false)).ConfigureAwait(false))).ConfigureAwait(false);
    }

    private sealed class Slot(Lazy<Task<OpenFile>> file)
    {
        public Lazy<Task<OpenFile>> File { get; } = file;

        public int Users { get; set; }

        public long LastUse { get; set; }
    }
}

/// <summary>A file of a tree while its content is read.</summary>
/// <param name="Position">The place of its entry in the spool.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Content">The content, or null if it could not be opened.</param>
/// <param name="Problem">Why it could not be opened.</param>
internal sealed record OpenFile(long Position, FileTreeEntry Entry, FileContent? Content, string? Problem);
