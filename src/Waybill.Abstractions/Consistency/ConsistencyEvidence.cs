using System.Collections.Immutable;

namespace Waybill;

/// <summary>A level of consistency together with what supports the claim.</summary>
/// <param name="Level">The level.</param>
public sealed record ConsistencyEvidence(ConsistencyLevel Level)
{
    /// <summary>Gets what made the data consistent, such as <c>fsfreeze</c> or <c>csi-group-snapshot</c>.</summary>
    public string Mechanism { get; init; } = "";

    /// <summary>Gets the platform's id of the snapshot or group.</summary>
    public string ExternalId { get; init; } = "";

    /// <summary>Gets the earliest moment the data may show, if known.</summary>
    public Timestamp? Earliest { get; init; }

    /// <summary>Gets the latest moment the data may show, if known.</summary>
    public Timestamp? Latest { get; init; }

    /// <summary>Gets whether writes to several volumes are seen in their order.</summary>
    public bool WriteOrderFidelity { get; init; }

    /// <summary>Gets the hooks that were run.</summary>
    public ImmutableArray<HookResult> Hooks { get; init; } = [];
}
