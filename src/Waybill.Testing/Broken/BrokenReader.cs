using System.Runtime.CompilerServices;

namespace Waybill.Testing;

/// <summary>Reads wrongly.</summary>
internal sealed class BrokenReader(ScriptedProvider provider, BlockReader inner, Breach breach, Meeting meeting) : BlockReader
{
    public override long Length => inner.Length;

    /// <summary>Gets whether the first byte of every read is wrong.</summary>
    public bool IsDamaged { get; init; }

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        switch (breach)
        {
            case Breach.ReadStopsShort when destination.Length > 1 && offset + destination.Length < Length:
                return await inner.ReadAsync(offset, destination[..^1], cancellationToken).ConfigureAwait(false);
            case Breach.ReadIgnoresCancel:
                return await inner.ReadAsync(offset, destination, CancellationToken.None).ConfigureAwait(false);
            case Breach.OneReadAtATime:
                int before = await meeting.EnterAsync("read").ConfigureAwait(false);
                try
                {
                    return before == 0
                        ? await inner.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false)
                        : throw provider.Failure(WaybillErrorCode.ProviderBusy, "Another read runs.", transient: true);
                }
                finally
                {
                    meeting.Leave("read");
                }

            default:
                int read = await inner.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
                if (IsDamaged && read > 0)
                {
                    destination.Span[0] ^= 0xFF;
                }

                return read;
        }
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool skip = breach == Breach.DataRangesIncomplete;
        await foreach (ByteRange range in inner.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!skip)
            {
                yield return range;
            }

            skip = false;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
