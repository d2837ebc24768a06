using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>
/// Changes properties of volumes while they are used, such as their performance. An optional role of a provider: with it the plugin answers ControllerModifyVolume.
/// </summary>
/// <remarks>
/// The same properties are taken when a volume is made: they come in <see cref="VolumeCreateRequest.Parameters"/>, where they replace parameters of the same name.
/// </remarks>
public interface IVolumeModifier
{
    /// <summary>Changes properties of a volume, all of them or none. What is as asked for already stays as it is.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="parameters">The properties by their names.</param>
    /// <param name="cancellationToken">Ends the call early; the same call may be made again.</param>
    /// <returns>A task that completes when they are changed.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.ProviderUnsupported"/> if there is no such property or value, and nothing was changed; <see cref="WaybillErrorCode.VolumeNotFound"/>.
    /// </exception>
    ValueTask ModifyVolumeAsync(VolumeId volume, ImmutableSortedDictionary<string, string> parameters, CancellationToken cancellationToken = default);
}
