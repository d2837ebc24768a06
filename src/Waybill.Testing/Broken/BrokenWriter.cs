namespace Waybill.Testing;

/// <summary>Writes wrongly.</summary>
internal sealed class BrokenWriter(ScriptedProvider provider, BlockWriter inner, Breach breach, Action ended) : BlockWriter
{
    // Its own: writers of other volumes have nothing to do with it. On a busy machine the next write of several comes late.
    private readonly Meeting _meeting = new(TimeSpan.FromMilliseconds(100));
    private Action? _ended = ended;

    public override long Length => inner.Length;

    public override bool StartsZeroed => breach == Breach.ZeroedClaimed || inner.StartsZeroed;

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (breach != Breach.OneWriteAtATime)
        {
            await inner.WriteAsync(offset, breach == Breach.WriteLosesLastByte ? source[..^1] : source, cancellationToken).ConfigureAwait(false);
            return;
        }

        int before = await _meeting.EnterAsync("write").ConfigureAwait(false);
        try
        {
            if (before > 0)
            {
                throw provider.Failure(WaybillErrorCode.ProviderBusy, "Another write runs.", transient: true);
            }

            await inner.WriteAsync(offset, source, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _meeting.Leave("write");
        }
    }

    public override ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default) =>
        breach == Breach.ZeroesIgnored ? ValueTask.CompletedTask : inner.WriteZeroesAsync(range, cancellationToken);

    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => inner.CompleteAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _ended, null)?.Invoke();
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
