using System.Collections.Immutable;

namespace Waybill.Csi;

/// <summary>
/// Lets a node reach a volume, as a platform must that exports or attaches its volumes from outside of the node. An optional role of a provider: with it the
/// plugin answers ControllerPublishVolume and ControllerUnpublishVolume, and says where volumes are published.
/// </summary>
public interface IVolumePublisher
{
    /// <summary>Makes a volume reachable from a node. A volume that is published there in the same way already MUST be answered as before.</summary>
    /// <param name="request">Which volume, where and how.</param>
    /// <param name="cancellationToken">Ends the call early; the volume may then be published, and the same call finds it.</param>
    /// <returns>What the node needs to know, at most 4 KiB altogether; it comes as <see cref="NodeAttachRequest.PublishContext"/>.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.VolumeNotFound"/>, <see cref="WaybillErrorCode.NodeNotFound"/>;
    /// <see cref="WaybillErrorCode.VolumeConflict"/> if it is published there in another way;
    /// <see cref="WaybillErrorCode.ProviderBusy"/> if it is published on another node and may not be on two: the message names that node;
    /// <see cref="WaybillErrorCode.LimitExceeded"/> if the node has as many volumes as it can.
    /// </exception>
    ValueTask<ImmutableSortedDictionary<string, string>> PublishAsync(VolumePublishRequest request, CancellationToken cancellationToken = default);

    /// <summary>Ends that a volume is reachable from a node. A volume that is not, or that is gone, succeeds; so does a node that is gone.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="nodeId">The node; <see langword="null"/> for all of them.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the node cannot write to the volume any more.</returns>
    ValueTask UnpublishAsync(VolumeId volume, string? nodeId, CancellationToken cancellationToken = default);

    /// <summary>Says on which nodes a volume is published.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The names of the nodes, in any order; none for a volume that is gone.</returns>
    ValueTask<ImmutableArray<string>> GetNodesAsync(VolumeId volume, CancellationToken cancellationToken = default);
}
