namespace Waybill.Kubernetes;

/// <summary>
/// Reads what is far away at any offset, in windows that grow while reading goes straight on; then the next one is fetched while this one is used. Any number of reads may
/// go on at once, and none fetches what another is fetching already.
/// </summary>
/// <param name="length">How long it is.</param>
/// <param name="fetch">Fetches a part; it may be shorter than asked for where the end has come nearer.</param>
internal sealed class ReadWindows(long length, Func<long, int, CancellationToken, Task<byte[]>> fetch) : IAsyncDisposable
{
    private const int Smallest = 256 << 10;
    private const int Largest = 4 << 20;
    private const int MostWindows = 4;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ended = new();

    // Readers of several parts at once are never all in the same window. The one used last is the last.
    private readonly List<Window> _windows = [];
    private bool _isDisposed;

    // After a part that could not be had, no more is fetched at a time than is asked for: what is beside it may be had.
    private bool _isCareful;

    /// <summary>Reads bytes; fewer than there is room for where it ends.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int wanted = (int)Math.Min(destination.Length, length - offset);
        for (int done = 0; done < wanted;)
        {
            long position = offset + done;
            Window window = Find(position, wanted - done);
            ReadOnlyMemory<byte> found = await ContentOfAsync(window, cancellationToken).ConfigureAwait(false);
            if (found.Length <= position - window.Offset)
            {
                return done;
            }

            found = found[(int)(position - window.Offset)..];
            int taken = Math.Min(found.Length, wanted - done);
            found[..taken].CopyTo(destination[done..]);
            done += taken;
        }

        return wanted;
    }

    /// <summary>Ends what is being fetched.</summary>
    public async ValueTask DisposeAsync()
    {
        Window[] left;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            left = [.. _windows];
            _windows.Clear();
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        foreach (Window window in left)
        {
            await ((Task)window.Content).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _ended.Dispose();
    }

    private Window Find(long position, int wanted)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Window? window = _windows.Find(one => one.Has(position));
            if (window is null)
            {
                Window? before = _windows.Find(one => one.End == position);
                int size = _isCareful ? 1 : before is null ? Smallest : before.Size * 2;
                window = Fetch(position, Math.Max(size, Math.Min(wanted, Largest)), before is not null && !_isCareful);
            }

            if (window is { GoesOn: true, IsFollowed: false } && window.End < length && !_windows.Exists(one => one.Has(window.End)))
            {
                window.IsFollowed = true;
                Fetch(window.End, window.Size * 2, goesOn: true);
            }

            _windows.Remove(window);
            _windows.Add(window);
            if (_windows.Count > MostWindows)
            {
                _windows.RemoveRange(0, _windows.Count - MostWindows);
            }

            return window;
        }
    }

    private Window Fetch(long offset, int size, bool goesOn)
    {
        long end = Math.Min(Math.Min(length, offset + Math.Min(size, Largest)), _windows.Where(one => one.Offset > offset).Select(one => one.Offset).DefaultIfEmpty(length).Min());
        int least = (int)(end - offset);
        var window = new Window(offset, least, Task.Run(() => fetch(offset, least, _ended.Token))) { GoesOn = goesOn };
        _windows.Add(window);
        return window;
    }

    private async Task<byte[]> ContentOfAsync(Window window, CancellationToken cancellationToken)
    {
        try
        {
            return await window.Content.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (window.Content.IsFaulted || window.Content.IsCanceled)
        {
            // Whoever asks again has it fetched again.
            lock (_lock)
            {
                _windows.Remove(window);
                _isCareful = true;
            }

            throw;
        }
    }

    private sealed class Window(long offset, int size, Task<byte[]> content)
    {
        public long Offset => offset;

        public int Size => size;

        public long End => offset + size;

        public Task<byte[]> Content => content;

        /// <summary>Gets whether another was read before it that ends where it begins.</summary>
        public bool GoesOn { get; init; }

        /// <summary>Gets or sets whether the one behind it was fetched with it.</summary>
        public bool IsFollowed { get; set; }

        public bool Has(long position) => position >= offset && position < End;
    }
}
