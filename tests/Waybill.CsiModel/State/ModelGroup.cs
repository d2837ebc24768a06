using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>Snapshots that were taken together.</summary>
internal sealed record ModelGroup(string Id, string Name, IReadOnlyList<ModelSnapshot> Members)
{
    public VolumeGroupSnapshot Describe()
    {
        VolumeGroupSnapshot group = new() { GroupSnapshotId = Id, CreationTime = Members[0].Time, ReadyToUse = true };
        group.Snapshots.Add(Members.Select(member => member.Describe()));
        return group;
    }
}
