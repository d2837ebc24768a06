namespace Waybill.Kubernetes;

/// <summary>Reads what is far away at any offset, in windows that grow while reading goes straight on. Any number of reads may go on at once.</summary>
/// <param name="length">How long it is.</param>
/// <param name="fetch">Fetches a part; it may be shorter than asked for where the end has come nearer.</param>
internal sealed class ReadWindows(long length, Func<long, int, CancellationToken, Task<byte[]>> fetch)
{
    private const int Smallest = 256 << 10;
    private const int Largest = 8 << 20;

    private Window? _window;

    /// <summary>Reads bytes; fewer than there is room for where it ends.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int wanted = (int)Math.Min(destination.Length, length - offset);
        for (int done = 0; done < wanted;)
        {
            // Windows are never changed, so that any number of reads may share one.
            Window? window = Volatile.Read(ref _window);
            long position = offset + done;
            if (window is null || position < window.Offset || position >= window.End)
            {
                int size = window is not null && position == window.End ? Math.Min(window.Bytes.Length * 2, Largest) : Smallest;
                size = (int)Math.Min(Math.Max(size, Math.Min(wanted - done, Largest)), length - position);
                window = new Window(position, await fetch(position, size, cancellationToken).ConfigureAwait(false));
                if (window.Bytes.Length == 0)
                {
                    return done;
                }

                Volatile.Write(ref _window, window);
            }

            ReadOnlyMemory<byte> found = window.Bytes.AsMemory((int)(position - window.Offset));
            int taken = Math.Min(found.Length, wanted - done);
            found[..taken].CopyTo(destination[done..]);
            done += taken;
        }

        return wanted;
    }

    private sealed record Window(long Offset, byte[] Bytes)
    {
        public long End => Offset + Bytes.Length;
    }
}
