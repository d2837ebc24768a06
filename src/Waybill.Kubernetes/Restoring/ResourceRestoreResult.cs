using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What a restore of objects does, or did.</summary>
/// <param name="Objects">Each object of the point, in the order in which they are restored; those left out come last.</param>
public sealed record ResourceRestoreResult(ImmutableArray<RestoredObject> Objects)
{
    /// <summary>Gets whether everything that was to be restored was.</summary>
    public bool IsComplete => Objects.All(restored => restored.Problem is null);
}
