using System.Collections.Immutable;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Describes volumes as the interface has them.</summary>
internal sealed class WireVolumes(PluginContext plugin)
{
    public Volume Describe(VolumeDescriptor volume)
    {
        var result = new Volume { VolumeId = volume.Id.ToString(), CapacityBytes = volume.Length };
        if (plugin.Roles.Context is { } source)
        {
            result.VolumeContext.Add(source.GetContext(volume));
        }

        foreach (ImmutableSortedDictionary<string, string> place in GetPlaces(volume))
        {
            var topology = new Topology();
            topology.Segments.Add(place);
            result.AccessibleTopology.Add(topology);
        }

        return result;
    }

    private IEnumerable<ImmutableSortedDictionary<string, string>> GetPlaces(VolumeDescriptor volume) =>
        plugin.Roles.Topology is { } topology ? topology.GetPlaces(volume)
        : plugin.Plugin.NodeTopology.Count > 0 ? [plugin.Plugin.NodeTopology]
        : [];
}
