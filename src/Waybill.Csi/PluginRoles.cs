using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Which roles the provider plays in this plugin; one that is withheld is <see langword="null"/>.</summary>
internal sealed class PluginRoles(CsiPlugin plugin)
{
    private readonly CsiFeatures _without = plugin.Without;

    public IVolumeProvider? Provider => plugin.Provider;

    public IVolumeProvisioner? Provisioner => plugin.Provider as IVolumeProvisioner;

    public ISnapshotProvider? Snapshots => Has(CsiFeatures.Snapshots) ? plugin.Provider as ISnapshotProvider : null;

    public IGroupSnapshotProvider? Groups => Snapshots is not null && Has(CsiFeatures.GroupSnapshots) ? plugin.Provider as IGroupSnapshotProvider : null;

    public IChangeSource? Changes => Snapshots is not null && Has(CsiFeatures.SnapshotMetadata) ? plugin.Provider as IChangeSource : null;

    public ICapacitySource? Capacity => plugin.Provider as ICapacitySource;

    public IVolumeModifier? Modifier => plugin.Provider as IVolumeModifier;

    public IVolumePublisher? Publisher => plugin.Provider as IVolumePublisher;

    public IVolumeHealth? Health => plugin.Provider as IVolumeHealth;

    public IVolumeTopology? Topology => plugin.Provider as IVolumeTopology;

    public IVolumeContextSource? Context => plugin.Provider as IVolumeContextSource;

    public bool Clones => Provisioner is not null && Has(CsiFeatures.Cloning);

    public bool Grows => Provisioner is not null && Has(CsiFeatures.Expansion);

    public bool LooksUp => Has(CsiFeatures.SingleLookup);

    /// <summary>Gets whether it matters from where a volume is used.</summary>
    public bool HasPlaces => Topology is not null || plugin.NodeTopology.Count > 0;

    private bool Has(CsiFeatures feature) => (_without & feature) == 0;
}
