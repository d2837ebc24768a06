using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What a restore of an application does, or did.</summary>
/// <param name="Objects">The objects. Without all claims filled, those of storage alone: what would use empty volumes is not created.</param>
/// <param name="Claims">The claims that the point has data for.</param>
public sealed record ApplicationRestoreResult(ResourceRestoreResult Objects, ImmutableArray<RestoredClaim> Claims)
{
    /// <summary>Gets the volumes of the point that are behind no claim; they are restored with the engine alone.</summary>
    public ImmutableArray<string> VolumesLeftOut { get; init; } = [];

    /// <summary>Gets whether everything that was to be restored was.</summary>
    public bool IsComplete => Objects.IsComplete && Claims.All(claim => claim.Problem is null);
}
