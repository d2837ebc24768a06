using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>What a run would do, found out with snapshots that are gone again.</summary>
/// <param name="Application">The application's name.</param>
/// <param name="Volumes">How each volume would be copied.</param>
public sealed record ProtectPlan(string Application, ImmutableArray<VolumePlan> Volumes)
{
    /// <summary>Gets the point it would build on; the default value if none.</summary>
    public BundleId Parent { get; init; }

    /// <summary>Gets why it would build on none; empty if it builds on one.</summary>
    public string WhyFull { get; init; } = "";
}
