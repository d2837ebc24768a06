using System.Collections.Immutable;
using Waybill.Providers;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>What the engine works with: platforms, quiescers, where bundles go and where it keeps its records.</summary>
/// <param name="Store">Where bundles live.</param>
/// <param name="StateDirectory">
/// Where the engine keeps its ledger and, for each application, what the next run builds on. It must survive a restart of the machine. If it is
/// lost, the next run compares instead of asking the platform, and snapshots that were kept are found by their names only.
/// </param>
public sealed record EngineContext(IBundleStore Store, string StateDirectory)
{
    /// <summary>Gets the platforms by name.</summary>
    public ImmutableDictionary<string, IVolumeProvider> Providers { get; init; } = ImmutableDictionary<string, IVolumeProvider>.Empty;

    /// <summary>Gets the quiescers by name.</summary>
    public ImmutableDictionary<string, IQuiescer> Quiescers { get; init; } = ImmutableDictionary<string, IQuiescer>.Empty;

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal Timestamp Now => Timestamp.From(TimeProvider.GetUtcNow());

    internal IVolumeProvider GetProvider(string name) => Providers.GetValueOrDefault(name) ?? throw Missing("provider", name, Providers.Keys);

    internal IQuiescer GetQuiescer(string name) => Quiescers.GetValueOrDefault(name) ?? throw Missing("quiescer", name, Quiescers.Keys);

    private static WaybillException Missing(string what, string name, IEnumerable<string> known) =>
        new(WaybillErrorCode.NotConfigured, $"There is no {what} '{name}'")
        {
            ObjectName = name,
            Hint = known.Any() ? $"Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}." : "None is configured.",
        };
}
