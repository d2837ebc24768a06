using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>What a restore would do.</summary>
/// <param name="Manifest">The point.</param>
/// <param name="Items">What goes where.</param>
public sealed record RestorePlan(BundleManifest Manifest, ImmutableArray<PlannedRestore> Items);
