using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>What a restore did.</summary>
/// <param name="Manifest">The point.</param>
/// <param name="Volumes">The volumes, in the order they were asked for.</param>
public sealed record RestoreResult(BundleManifest Manifest, ImmutableArray<RestoredVolume> Volumes);
