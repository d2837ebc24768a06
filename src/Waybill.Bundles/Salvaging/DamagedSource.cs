namespace Waybill.Bundles.Salvaging;

/// <summary>Reads a source of which parts may not be readable any more, such as a failing disk. What cannot be read becomes zeros and is noted.</summary>
internal sealed class DamagedSource(ByteSource source)
{
    private const int WindowLength = 1024 * 1024;
    private const int SmallestPiece = 4096;

    private readonly byte[] _window = new byte[(int)Math.Min(WindowLength, Math.Max(source.Length, 1))];
    private long _windowStart;
    private int _windowLength;
    private Exception? _firstFailure;
    private bool _anyRead;

    public string Name => source.Name;

    public long Length { get; } = source.Length;

    /// <summary>Gets the ranges that could not be read.</summary>
    public List<ByteRange> Unreadable { get; } = [];

    /// <summary>Gets what lies from an offset on: at least <paramref name="minimum"/> bytes, unless the source ends. Borrowed until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(long offset, int minimum, CancellationToken cancellationToken)
    {
        minimum = (int)Math.Min(minimum, Math.Max(0, Length - offset));
        if (offset < _windowStart || offset + minimum > _windowStart + _windowLength)
        {
            _windowLength = 0;
            int length = (int)Math.Min(_window.Length, Math.Max(0, Length - offset));
            await ReadAsync(offset, _window.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            _windowStart = offset;
            _windowLength = length;
        }

        int start = (int)(offset - _windowStart);
        return _window.AsMemory(start, _windowLength - start);
    }

    /// <summary>Reads a range that lies inside the source.</summary>
    public async ValueTask FillAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.Length <= _window.Length / 2)
        {
            ReadOnlyMemory<byte> bytes = await PeekAsync(offset, destination.Length, cancellationToken).ConfigureAwait(false);
            bytes[..destination.Length].CopyTo(destination);
            return;
        }

        if (offset >= _windowStart && offset < _windowStart + _windowLength)
        {
            int start = (int)(offset - _windowStart);
            int have = Math.Min(_windowLength - start, destination.Length);
            _window.AsMemory(start, have).CopyTo(destination);
            offset += have;
            destination = destination[have..];
        }

        await ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fails if not one byte could be read: then nothing is known of the bundle, not even that it is damaged.</summary>
    public void RequireAnyRead()
    {
        if (!_anyRead && _firstFailure is { } failure)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, source.Name, "No part of the bundle could be read", failure) { ObjectName = source.Name };
        }
    }

    private static bool IsReadFailure(Exception e) =>
        e is IOException or WaybillException { Code: WaybillErrorCode.SourceReadFailed or WaybillErrorCode.SourceChanged, IsTransient: false };

    private async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty || await TryReadAsync(offset, destination, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        // Find what can be read around the bad place. The pieces grow while nothing can, so that a large hole does not take for ever.
        int failed = 0;
        while (!destination.IsEmpty)
        {
            int piece = (int)Math.Min(destination.Length, (long)SmallestPiece << Math.Min(failed, 8));
            if (await TryReadAsync(offset, destination[..piece], cancellationToken).ConfigureAwait(false))
            {
                failed = 0;
            }
            else
            {
                failed++;
                destination.Span[..piece].Clear();
                Note(offset, piece);
            }

            offset += piece;
            destination = destination[piece..];
        }
    }

    private async ValueTask<bool> TryReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            int read = await source.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            _anyRead |= read > 0;
            return read == destination.Length;
        }
        catch (Exception e) when (IsReadFailure(e))
        {
            _firstFailure ??= e;
            return false;
        }
    }

    private void Note(long offset, int length)
    {
        if (Unreadable.Count > 0 && Unreadable[^1] is var last && offset >= last.Offset && offset <= last.End)
        {
            Unreadable[^1] = ByteRange.FromBounds(last.Offset, Math.Max(last.End, offset + length));
        }
        else
        {
            Unreadable.Add(new ByteRange(offset, length));
        }
    }
}
