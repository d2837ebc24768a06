using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>
/// Puts volumes where they can be reached from, for a platform whose volumes are not reachable from everywhere. An optional role of a provider: with it the
/// plugin announces that places matter.
/// </summary>
/// <remarks>A place is a value for each domain, such as <c>topology.example.com/zone</c> and <c>eu-1</c>.</remarks>
public interface IVolumeTopology
{
    /// <summary>Chooses a place for a volume that is about to be made.</summary>
    /// <param name="request">The volume.</param>
    /// <param name="allowed">The places it MUST be reachable from one of, the preferred ones first; empty if it may be anywhere.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>
    /// The request with what makes the provider put the volume there, such as a parameter. The same question MUST have the same answer as long as there is a volume
    /// of that name.
    /// </returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.NoSpace"/> if it cannot be made in any of them.</exception>
    ValueTask<VolumeCreateRequest> PlaceAsync(
        VolumeCreateRequest request, ImmutableArray<ImmutableSortedDictionary<string, string>> allowed, CancellationToken cancellationToken = default);

    /// <summary>Says from where a volume can be reached.</summary>
    /// <param name="volume">The volume, as the provider described it.</param>
    /// <returns>The places; empty if it can be reached from everywhere.</returns>
    ImmutableArray<ImmutableSortedDictionary<string, string>> GetPlaces(VolumeDescriptor volume);
}
