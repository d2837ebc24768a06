namespace Waybill.Kubernetes;

/// <summary>Looks again and again at what others do in the cluster, less and less often, until it is done or took too long.</summary>
internal sealed class ClusterWait(TimeProvider time, TimeSpan limit)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);

    /// <summary>Waits until something is found.</summary>
    /// <param name="look">Looks; null if it is not yet what it is to be.</param>
    /// <param name="late">The error if it took too long.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public async Task<T> UntilAsync<T>(Func<Task<T?>> look, Func<ProviderException> late, CancellationToken cancellationToken)
        where T : class
    {
        long begun = time.GetTimestamp();
        for (TimeSpan pause = s_firstPause; ; pause = pause * 1.5 < s_longestPause ? pause * 1.5 : s_longestPause)
        {
            if (await look().ConfigureAwait(false) is { } found)
            {
                return found;
            }

            if (time.GetElapsedTime(begun) + pause > limit)
            {
                throw late();
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until something is true.</summary>
    public Task UntilAsync(Func<Task<bool>> look, Func<ProviderException> late, CancellationToken cancellationToken) =>
        UntilAsync(async () => await look().ConfigureAwait(false) ? string.Empty : null, late, cancellationToken);
}
