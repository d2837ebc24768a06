namespace Waybill.Kubernetes;

/// <summary>How long is waited before a call is made again: twice as long each time, and never by all callers at once.</summary>
internal static class CallPause
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <param name="attempt">How often it was tried again before.</param>
    public static TimeSpan Before(int attempt)
    {
        TimeSpan full = s_first * Math.Pow(2, Math.Min(attempt, 10));
        return (full < s_longest ? full : s_longest) * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}
