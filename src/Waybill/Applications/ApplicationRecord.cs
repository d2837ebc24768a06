using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Waybill.Engine;

/// <summary>What the next run of an application builds on.</summary>
internal sealed record ApplicationRecord
{
    public static ApplicationRecord Empty { get; } = new();

    /// <summary>Gets the identity of the application; empty if there was no run yet.</summary>
    public string Application { get; init; } = "";

    /// <summary>Gets the newest point's id; empty if there is none.</summary>
    public string Bundle { get; init; } = "";

    public string BundleName { get; init; } = "";

    public ImmutableArray<BaseRecord> Bases { get; init; } = [];

    [JsonIgnore]
    public AppId ApplicationId => AppId.TryParse(Application, null, out AppId id) ? id : default;

    [JsonIgnore]
    public BundleId BundleId => BundleId.TryParse(Bundle, null, out BundleId id) ? id : default;

    /// <summary>Says whether a run's snapshot is what this record builds on.</summary>
    public bool Holds(LedgerEntry entry) => Bases.Any(b => b.Provider == entry.Provider && entry.Kind switch
    {
        LedgerKind.Snapshot => b.Snapshot == entry.Id && entry.Id.Length > 0,
        LedgerKind.Group => b.Group == entry.Name && entry.Name.Length > 0,
        _ => false,
    });
}

/// <summary>What changes of one volume are computed from next time.</summary>
internal sealed record BaseRecord
{
    /// <summary>Gets the name of the stream.</summary>
    public required string Stream { get; init; }

    public required string Provider { get; init; }

    public required string Volume { get; init; }

    /// <summary>Gets when the platform made the volume, in ticks; 0 if it does not say.</summary>
    public long VolumeCreated { get; init; }

    public string ChangeId { get; init; } = "";

    /// <summary>Gets the snapshot that is kept as the base; empty if the platform needs none.</summary>
    public string Snapshot { get; init; } = "";

    /// <summary>Gets the group the snapshot was taken in; empty if alone.</summary>
    public string Group { get; init; } = "";
}
