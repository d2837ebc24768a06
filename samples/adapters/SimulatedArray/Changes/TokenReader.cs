using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <summary>Reads content with the tokens of the list that was asked for last. Holds one token per listed range, so no more than the journal has records.</summary>
internal sealed class TokenReader(SimulatedArrayProvider array, ArraySnapshot target) : BlockReader
{
    private readonly Lock _gate = new();
    private readonly List<ReadToken> _tokens = [];
    private int _list;
    private bool _disposed;

    public override long Length => target.Descriptor.Length;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        await array.Gate.PassAsync(ArrayOperation.Read, cancellationToken).ConfigureAwait(false);
        int count = (int)Math.Min(destination.Length, Length - offset);
        Check(new ByteRange(offset, count));
        target.Content.Read(offset, destination.Span[..count]);
        return count;
    }

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        return base.DisposeAsync();
    }

    internal void BeginList(int list)
    {
        lock (_gate)
        {
            _list = list;
            _tokens.Clear();
        }
    }

    internal void Add(ReadToken token)
    {
        lock (_gate)
        {
            // A list that was overtaken by a later one goes on handing out tokens that open nothing.
            if (token.List == _list)
            {
                _tokens.Add(token);
            }
        }
    }

    private void Check(ByteRange range)
    {
        lock (_gate)
        {
            long reached = range.Offset;
            while (reached < range.End)
            {
                ReadToken token = Find(reached) ?? throw array.Failure(
                    WaybillErrorCode.ProviderFailed, $"There is no token for offset {reached} of {target.Descriptor.Id}: only what is listed can be read.");
                if (!array.IsGood(target, token))
                {
                    throw array.Failure(WaybillErrorCode.ChangeListExpired, $"The token for offset {reached} of {target.Descriptor.Id} is no longer good.");
                }

                reached = token.Range.End;
            }
        }
    }

    private ReadToken? Find(long offset)
    {
        // Tokens ascend as the list does.
        int low = 0;
        int high = _tokens.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            ByteRange range = _tokens[middle].Range;
            if (offset < range.Offset)
            {
                high = middle - 1;
            }
            else if (offset >= range.End)
            {
                low = middle + 1;
            }
            else
            {
                return _tokens[middle];
            }
        }

        return null;
    }
}
