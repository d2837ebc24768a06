using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>What to restore, and where to.</summary>
/// <param name="BundleName">The point's name in the store.</param>
/// <param name="Trust">Whose signatures the bundle must have. Required: whoever accepts unsigned bundles writes so.</param>
/// <param name="Items">What goes where.</param>
public sealed record RestoreRequest(string BundleName, TrustPolicy Trust, ImmutableArray<RestoreItem> Items)
{
    /// <summary>Gets what opens encrypted bundles, and limits for reading.</summary>
    public BundleReaderOptions Reader { get; init; } = new();

    /// <summary>Gets whether volumes are read back and compared after they were written.</summary>
    /// <value>The default is true.</value>
    public bool Verify { get; init; } = true;

    /// <summary>Gets how many volumes are written at once, 1 or more.</summary>
    /// <value>The default is 2.</value>
    public int ParallelVolumes { get; init; } = 2;
}
