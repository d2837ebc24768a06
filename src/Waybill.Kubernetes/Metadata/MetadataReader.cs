using Grpc.Core;
using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes;

/// <summary>Reads one list to its end, over as many calls as that takes.</summary>
internal sealed class MetadataReader(
    SnapshotMetadataClientOptions options, SnapshotMetadata.SnapshotMetadataClient calls, MetadataQuestion question, CancellationToken cancellationToken) : IDisposable
{
    // Services end a stream after ten minutes; one that neither does that nor sends anything is not waited for.
    private static readonly TimeSpan s_stallLimit = TimeSpan.FromMinutes(15);

    private readonly MetadataRanges _ranges = new(question, (why, offset) => MetadataErrors.Broken(options.Name, question.FullName, why, offset));
    private readonly MetadataPatience _patience = new(options, question);
    private Running? _running;

    /// <summary>Gets the next ranges; null when there are no more.</summary>
    /// <returns>At least one range; the list is valid until the next call.</returns>
    public async ValueTask<IReadOnlyList<ByteRange>?> NextAsync()
    {
        while (true)
        {
            try
            {
                _running ??= await BeginAsync().ConfigureAwait(false);
                _running.Arm();
                while (await _running.MoveNextAsync(cancellationToken).ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (_ranges.Take(_running.Call.Current) is { Count: > 0 } ranges)
                    {
                        // Whoever asks may take its time with them.
                        _running.Disarm();
                        return ranges;
                    }
                }

                cancellationToken.ThrowIfCancellationRequested();
                return null;
            }
            catch (RpcException error)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!await ContinuesAsync(error).ConfigureAwait(false))
                {
                    return null;
                }
            }
        }
    }

    public void Dispose()
    {
        _running?.Dispose();
        _running = null;
    }

    private async ValueTask<Running> BeginAsync()
    {
        string token = await _patience.GetTokenAsync(cancellationToken).ConfigureAwait(false);
        _ranges.BeginCall();
        return new Running(options.TimeProvider, stop => MetadataCall.Open(calls, question, _ranges.Position, token, stop), cancellationToken);
    }

    /// <summary>Waits until a list that broke may be gone on with.</summary>
    /// <returns>Whether there is anything to go on with.</returns>
    private async ValueTask<bool> ContinuesAsync(RpcException error)
    {
        if (_running is not null)
        {
            Dispose();
            if (_ranges.HasProgress)
            {
                _patience.Progressed();
            }
        }

        // A call from the end on may be refused, and could bring nothing.
        if (_ranges.IsAtEnd && MetadataErrors.MayPass(error))
        {
            return false;
        }

        await _patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>A call, and the clock that ends it when nothing comes.</summary>
    private sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource _stalled;
        private readonly CancellationTokenSource _either;

        public Running(TimeProvider time, Func<CancellationToken, MetadataCall> open, CancellationToken cancellationToken)
        {
            _stalled = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_stalled.Token, cancellationToken);
            Call = open(_either.Token);
        }

        public MetadataCall Call { get; }

        public void Arm() => _stalled.CancelAfter(s_stallLimit);

        public void Disarm() => _stalled.CancelAfter(Timeout.InfiniteTimeSpan);

        public async Task<bool> MoveNextAsync(CancellationToken cancellationToken)
        {
            try
            {
                // The call was begun with a token that this one is part of.
                return await Call.MoveNextAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException && _stalled.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"nothing came of the call for {s_stallLimit}", e));
            }
        }

        public void Dispose()
        {
            Call.Dispose();
            _either.Dispose();
            _stalled.Dispose();
        }
    }
}
