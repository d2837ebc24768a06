namespace Waybill.CsiModel;

/// <summary>What is wrong with a driver: the one obligation it breaks, called by the check that must notice.</summary>
/// <param name="broken">The check; empty if nothing is wrong.</param>
/// <param name="wrongCode">Whether what must be refused is refused with another status, instead of being accepted.</param>
public sealed class Faults(string broken = "", bool wrongCode = false)
{
    private int _calls;

    /// <summary>Gets the checks that a call must be refused for: an obligation of these is broken by accepting it, or by another status.</summary>
    public static IReadOnlyList<string> Refusals { get; } =
    [
        "csi.controller.volumes.bad-token",
        "csi.controller.create.no-name",
        "csi.controller.create.no-capabilities",
        "csi.controller.create.bad-range",
        "csi.controller.create.other-size",
        "csi.controller.create.other-source",
        "csi.controller.create.snapshot-unknown",
        "csi.controller.create.clone-unknown",
        "csi.controller.create.mutable-unknown",
        "csi.controller.delete.no-id",
        "csi.controller.validate.no-id",
        "csi.controller.validate.no-capabilities",
        "csi.controller.validate.unknown",
        "csi.controller.get-volume.unknown",
        "csi.controller.expand.no-id",
        "csi.controller.expand.no-range",
        "csi.controller.expand.unknown",
        "csi.controller.modify.no-id",
        "csi.controller.modify.unknown",
        "csi.controller.modify.unknown-parameters",
        "csi.controller.modify.again-unknown-parameters",
        "csi.controller.publish.no-volume",
        "csi.controller.publish.no-node",
        "csi.controller.publish.no-capability",
        "csi.controller.publish.volume-unknown",
        "csi.controller.publish.node-unknown",
        "csi.controller.publish.incompatible",
        "csi.controller.unpublish.no-volume",
        "csi.controller.snapshot.no-name",
        "csi.controller.snapshot.no-volume",
        "csi.controller.snapshot.volume-unknown",
        "csi.controller.snapshot.other-volume",
        "csi.controller.snapshot.delete-no-id",
        "csi.controller.get-snapshot.no-id",
        "csi.controller.get-snapshot.unknown",
        "csi.controller.snapshots.bad-token",
        "csi.group.create.no-name",
        "csi.group.create.no-volumes",
        "csi.group.create.volume-unknown",
        "csi.group.create.other-volumes",
        "csi.group.get.no-id",
        "csi.group.get.unknown",
        "csi.group.delete.no-id",
        "csi.node.publish.no-volume",
        "csi.node.publish.no-target",
        "csi.node.publish.no-capability",
        "csi.node.publish.single-writer",
        "csi.node.publish.incompatible",
        "csi.node.unpublish.no-volume",
        "csi.node.unpublish.no-target",
        "csi.node.stage.no-volume",
        "csi.node.stage.no-path",
        "csi.node.stage.no-capability",
        "csi.node.unstage.no-volume",
        "csi.node.unstage.no-path",
        "csi.node.stats.no-volume",
        "csi.node.stats.no-path",
        "csi.node.stats.unknown",
        "csi.node.stats.other-path",
        "csi.node.expand.no-volume",
        "csi.node.expand.no-path",
        "csi.node.expand.unknown",
        "csi.metadata.allocated.no-snapshot",
        "csi.metadata.allocated.unknown",
        "csi.metadata.allocated.negative-offset",
        "csi.metadata.allocated.beyond-end",
        "csi.metadata.allocated.negative-results",
        "csi.metadata.delta.no-base",
        "csi.metadata.delta.no-target",
        "csi.metadata.delta.base-unknown",
        "csi.metadata.delta.target-unknown",
        "csi.metadata.delta.negative-offset",
        "csi.metadata.delta.beyond-end",
        "csi.metadata.delta.negative-results",
        "csi.metadata.delta.reversed",
        "csi.metadata.delta.other-volume",
    ];

    /// <summary>Gets whether calls that must be refused are accepted.</summary>
    internal bool AcceptsWhatItMustRefuse { get; } = !wrongCode && Refusals.Contains(broken);

    /// <summary>Gets whether calls that must be refused are refused with another status.</summary>
    internal bool RefusesWithAnotherStatus { get; } = wrongCode && Refusals.Contains(broken);

    /// <summary>Gets whether this is the obligation that is broken.</summary>
    internal bool Break(string check) => check == broken;

    /// <summary>Gets whether this is the obligation that is broken, at every second call only.</summary>
    internal bool BreakEverySecondTime(string check) => Break(check) && Interlocked.Increment(ref _calls) % 2 == 0;
}
