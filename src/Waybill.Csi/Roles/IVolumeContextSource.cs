using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Says what a node must know of a volume beside its name, such as the address of a server. An optional role of a provider.</summary>
public interface IVolumeContextSource
{
    /// <summary>Says what a node must know. It MUST stay the same as long as the volume exists.</summary>
    /// <param name="volume">The volume, as the provider described it.</param>
    /// <returns>Names and values, at most 4 KiB altogether; they come as <see cref="NodeAttachRequest.VolumeContext"/>.</returns>
    ImmutableSortedDictionary<string, string> GetContext(VolumeDescriptor volume);
}
