using ControllerType = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using ServiceType = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Csi;

/// <summary>What the plugin announces; it follows from the roles and from nothing else.</summary>
internal sealed class PluginCapabilities
{
    public PluginCapabilities(CsiPlugin plugin, PluginRoles roles)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        Services = [.. ListServices(roles)];
        Controller = [.. ListController(roles)];
    }

    public IReadOnlyList<ServiceType> Services { get; }

    public IReadOnlyList<ControllerType> Controller { get; }

    private static IEnumerable<ServiceType> ListServices(PluginRoles roles)
    {
        if (roles.Provider is not null)
        {
            yield return ServiceType.ControllerService;
        }

        if (roles.HasPlaces)
        {
            yield return ServiceType.VolumeAccessibilityConstraints;
        }

        if (roles.Groups is not null)
        {
            yield return ServiceType.GroupControllerService;
        }

        if (roles.Changes is not null)
        {
            yield return ServiceType.SnapshotMetadataService;
        }
    }

    private static IEnumerable<ControllerType> ListController(PluginRoles roles)
    {
        (bool Has, ControllerType Type)[] all =
        [
            (roles.Provisioner is not null, ControllerType.CreateDeleteVolume),
            (roles.Publisher is not null, ControllerType.PublishUnpublishVolume),
            (roles.Provider is not null, ControllerType.ListVolumes),
            (roles.Capacity is not null, ControllerType.GetCapacity),
            (roles.Snapshots is not null, ControllerType.CreateDeleteSnapshot),
            (roles.Snapshots is not null, ControllerType.ListSnapshots),
            (roles.Clones, ControllerType.CloneVolume),
            (roles.Publisher is not null, ControllerType.PublishReadonly),
            (roles.Grows, ControllerType.ExpandVolume),
            (roles.Publisher is not null, ControllerType.ListVolumesPublishedNodes),
            (roles.Health is not null, ControllerType.VolumeCondition),
            (roles.LooksUp, ControllerType.GetVolume),
            (roles.Provider is not null, ControllerType.SingleNodeMultiWriter),
            (roles.Modifier is not null, ControllerType.ModifyVolume),
            (roles.LooksUp && roles.Snapshots is not null, ControllerType.GetSnapshot),
        ];
        return all.Where(capability => capability.Has).Select(capability => capability.Type);
    }
}
