using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>What a watchdog has to do.</summary>
/// <param name="Owner">The quiescer, for messages.</param>
/// <param name="Deadline">When it thaws by itself, from its start on.</param>
/// <param name="Thaws">What thaws, in order. All are run, whatever becomes of the others.</param>
internal sealed record WatchdogPlan(string Owner, TimeSpan Deadline, ImmutableArray<WatchdogCommand> Thaws)
{
    /// <summary>Gets what is begun at once and has ended, or is killed, before anything thaws.</summary>
    public WatchdogCommand? Pre { get; init; }

    /// <summary>Gets whether thawing twice is right: a freeze that was under way when the deadline passed is then thawed when this process ends.</summary>
    public bool ThawAgain { get; init; }

    /// <summary>Gets variables the commands have besides those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;
}
