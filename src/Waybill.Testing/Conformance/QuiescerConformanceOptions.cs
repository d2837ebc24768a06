namespace Waybill.Testing;

/// <summary>How a quiescer is checked.</summary>
public sealed record QuiescerConformanceOptions
{
    /// <summary>Gets what the names of all leases begin with.</summary>
    public string NamePrefix { get; init; } = "waybill-kit";

    /// <summary>Gets the deadline of leases that are meant to outlast their check.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets the deadline of the lease that is left to it.</summary>
    /// <value>The default is 2 seconds.</value>
    public TimeSpan ShortDeadline { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Gets what lets time pass, and returns when it did. <see langword="null"/> waits by the system's clock; a test with a clock of its own sets that.
    /// </summary>
    public Func<TimeSpan, CancellationToken, Task>? PassTime { get; init; }

    /// <summary>
    /// Gets what finds out from the application whether it is held, for instance by trying to write. Without it, whether something is held is only seen
    /// from whether it can be held again.
    /// </summary>
    public Func<CancellationToken, ValueTask<bool>>? IsHeld { get; init; }
}
