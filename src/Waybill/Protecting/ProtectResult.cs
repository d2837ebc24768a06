using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>The point a run made.</summary>
/// <param name="BundleName">The bundle's name in the store.</param>
/// <param name="Manifest">What it says of itself.</param>
/// <param name="Evidence">How consistent it is.</param>
public sealed record ProtectResult(string BundleName, BundleManifest Manifest, ConsistencyEvidence Evidence)
{
    /// <summary>Gets the size of the bundle in bytes.</summary>
    public long BundleLength { get; init; }

    /// <summary>Gets how each volume was copied, and why not in a cheaper way.</summary>
    public ImmutableArray<VolumePlan> Volumes { get; init; } = [];

    /// <summary>Gets why the point builds on none; empty if it builds on one.</summary>
    public string WhyFull { get; init; } = "";

    /// <summary>Gets why the point is not more consistent; empty if it is what was asked for.</summary>
    public string WhyNotMoreConsistent { get; init; } = "";

    /// <summary>Gets how many bytes an interrupted run had stored that were not read again.</summary>
    public long ResumedBytes { get; init; }

    /// <summary>Gets how many bytes that the platform called unchanged were compared with the parent.</summary>
    public long SelfCheckedBytes { get; init; }

    /// <summary>Gets what could not be cleaned up after this run and those before; it is in the ledger. A ledger that cannot be read is named here too.</summary>
    public ImmutableArray<WaybillException> CleanupProblems { get; init; } = [];
}
