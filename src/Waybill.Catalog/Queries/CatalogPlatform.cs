using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Catalog;

/// <summary>What a storage platform has at present, to be compared with what a catalog knows.</summary>
/// <param name="Name">The platform's name, as bundles have it.</param>
public sealed record CatalogPlatform(string Name)
{
    /// <summary>Gets its volumes.</summary>
    public ImmutableArray<VolumeDescriptor> Volumes { get; init; } = [];

    /// <summary>Gets its snapshots.</summary>
    public ImmutableArray<SnapshotDescriptor> Snapshots { get; init; } = [];

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
