using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>How consistent a run's snapshots are, written down once all were taken: an interrupted run cannot find it out again.</summary>
internal sealed record EvidenceRecord(ConsistencyLevel Level, bool WriteOrder, string Mechanism, string Reason)
{
    public long Earliest { get; init; }

    public long Latest { get; init; }

    public ImmutableArray<HookRecord> Hooks { get; init; } = [];

    public ConsistencyEvidence ToEvidence() => new(Level)
    {
        WriteOrderFidelity = WriteOrder,
        Mechanism = Mechanism,
        Earliest = FromTicks(Earliest),
        Latest = FromTicks(Latest),
        Hooks = [.. Hooks.Select(h => new HookResult(h.Name, h.ExitCode) { Started = FromTicks(h.Started), Finished = FromTicks(h.Finished) })],
    };

    public static long ToTicks(Timestamp? time) => time is { } t ? t.ToDateTimeOffset().UtcTicks : 0;

    public static Timestamp? FromTicks(long ticks) => ticks == 0 ? null : Timestamp.From(new DateTimeOffset(ticks, TimeSpan.Zero));
}

/// <summary>The result of a hook, as it is written down.</summary>
internal sealed record HookRecord(string Name, int ExitCode, long Started, long Finished);
