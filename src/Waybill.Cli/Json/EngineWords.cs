using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Cli.Json;

/// <summary>The words that stand in reports for what the engine and platforms say; like those of <see cref="JsonText"/> they never change.</summary>
internal static class EngineWords
{
    public static string Of(VolumeKind kind) => kind switch
    {
        VolumeKind.Block => "block",
        VolumeKind.FileTree => "files",
        _ => kind.ToString("D"),
    };

    public static string Of(GroupConsistency groups) => groups switch
    {
        GroupConsistency.None => "none",
        GroupConsistency.Loose => "loose",
        GroupConsistency.WriteOrder => "write-order",
        _ => groups.ToString("D"),
    };

    public static string Of(ChangeShape shape) => shape switch
    {
        ChangeShape.None => "none",
        ChangeShape.ListAndRead => "list-and-read",
        ChangeShape.ListAndToken => "list-and-token",
        ChangeShape.Stream => "stream",
        ChangeShape.DeltaVolume => "delta-volume",
        ChangeShape.Push => "push",
        ChangeShape.MapAndRead => "map-and-read",
        _ => shape.ToString("D"),
    };

    public static string Of(ChangeExactness exactness) => exactness switch
    {
        ChangeExactness.Unknown => "unknown",
        ChangeExactness.Exact => "exact",
        ChangeExactness.Superset => "superset",
        ChangeExactness.Coarse => "coarse",
        _ => exactness.ToString("D"),
    };

    public static string Of(CopyStep step) => step switch
    {
        CopyStep.Delta => "delta",
        CopyStep.Allocated => "allocated",
        CopyStep.Compare => "compare",
        CopyStep.Full => "full",
        CopyStep.Walk => "walk",
        _ => step.ToString("D"),
    };

    public static string Of(LedgerPurpose purpose) => purpose switch
    {
        LedgerPurpose.Protect => "protect",
        LedgerPurpose.Plan => "plan",
        LedgerPurpose.Restore => "restore",
        _ => purpose.ToString("D"),
    };

    public static string Of(LedgerKind kind) => kind switch
    {
        LedgerKind.Snapshot => "snapshot",
        LedgerKind.Group => "group",
        LedgerKind.Volume => "volume",
        LedgerKind.Lease => "lease",
        LedgerKind.Upload => "upload",
        _ => kind.ToString("D"),
    };

    public static string Of(LedgerState state) => state switch
    {
        LedgerState.Intended => "intended",
        LedgerState.Created => "created",
        LedgerState.Released => "released",
        LedgerState.Kept => "kept",
        _ => state.ToString("D"),
    };
}
