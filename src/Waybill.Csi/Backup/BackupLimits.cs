using System.Threading.RateLimiting;
using Grpc.Core;
using Waybill.Backup;

namespace Waybill.Csi.Backup;

/// <summary>Keeps each caller within its limits, however many connections it has.</summary>
internal sealed class BackupLimits : IDisposable
{
    private static readonly TimeSpan s_refill = TimeSpan.FromMilliseconds(100);

    private readonly PartitionedRateLimiter<string> _calls;
    private readonly PartitionedRateLimiter<string>? _bytes;
    private readonly int _largest;

    public BackupLimits(BackupApi api)
    {
        _calls = PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetConcurrencyLimiter(
            caller, _ => new ConcurrencyLimiterOptions { PermitLimit = api.CallsPerCaller, QueueLimit = 0 }));
        if (api.BytesPerSecond > 0)
        {
            int each = (int)Math.Clamp(api.BytesPerSecond / 10, 1, int.MaxValue / 2);
            _largest = Math.Max(each, BackupStreams.MaxChunkBytes);
            _bytes = PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetTokenBucketLimiter(
                caller,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = _largest,
                    TokensPerPeriod = each,
                    ReplenishmentPeriod = s_refill,
                    QueueLimit = int.MaxValue,
                    AutoReplenishment = true,
                }));
        }
    }

    /// <summary>Counts a call in, until what is returned is disposed.</summary>
    /// <exception cref="RpcException">The caller has as many under way as it may.</exception>
    public RateLimitLease Enter(BackupCaller caller)
    {
        RateLimitLease lease = _calls.AttemptAcquire(caller.Name);
        if (!lease.IsAcquired)
        {
            lease.Dispose();
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "The caller has as many calls under way as it may"));
        }

        return lease;
    }

    /// <summary>Waits until the caller may have so many bytes more.</summary>
    public async ValueTask SpendAsync(BackupCaller caller, int bytes, CancellationToken cancellationToken)
    {
        if (_bytes is not null && bytes > 0)
        {
            using RateLimitLease lease = await _bytes.AcquireAsync(caller.Name, Math.Min(bytes, _largest), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Dispose();
        _bytes?.Dispose();
    }
}
