using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Catalog;

/// <summary>What a storage platform has at present, to be compared with what a catalog knows.</summary>
/// <param name="Name">The platform's name, as bundles have it.</param>
public sealed record CatalogPlatform(string Name)
{
    /// <summary>Gets its volumes.</summary>
    public ImmutableArray<VolumeDescriptor> Volumes { get; init; } = [];

    /// <summary>Gets those of its volumes that nobody lays claim to any more; the others are in <see cref="Volumes"/>.</summary>
    public ImmutableArray<VolumeDescriptor> Unclaimed { get; init; } = [];

    /// <summary>Gets the cluster whose storage it is, as <see cref="Origin.ClusterId"/>; empty if it is that of no cluster in particular.</summary>
    /// <remarks>Volumes that points from other clusters were made of are then not missed in it.</remarks>
    public string ClusterId { get; init; } = "";

    /// <summary>Gets its snapshots.</summary>
    public ImmutableArray<SnapshotDescriptor> Snapshots { get; init; } = [];

    /// <summary>Says whether it has a volume now.</summary>
    internal bool Has(string volume) => Volumes.Concat(Unclaimed).Any(known => known.Id.ToString() == volume);

    /// <summary>Asks a platform for everything it has.</summary>
    /// <param name="provider">The platform; its snapshots are asked for if it can take some.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What it has.</returns>
    /// <exception cref="WaybillException">What the platform reports.</exception>
    public static async Task<CatalogPlatform> ReadAsync(IVolumeProvider provider, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        var volumes = ImmutableArray.CreateBuilder<VolumeDescriptor>();
        await foreach (VolumeDescriptor volume in provider.ListVolumesAsync(cancellationToken).ConfigureAwait(false))
        {
            volumes.Add(volume);
        }

        var snapshots = ImmutableArray.CreateBuilder<SnapshotDescriptor>();
        if (provider is ISnapshotProvider taker)
        {
            await foreach (SnapshotDescriptor snapshot in taker.ListSnapshotsAsync(volume: null, cancellationToken).ConfigureAwait(false))
            {
                snapshots.Add(snapshot);
            }
        }

        return new CatalogPlatform(provider.Name) { Volumes = volumes.ToImmutable(), Snapshots = snapshots.ToImmutable() };
    }
}
