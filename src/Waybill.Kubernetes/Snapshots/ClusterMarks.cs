using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What is written on the objects that are made here, so that they are found again.</summary>
internal static class ClusterMarks
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string Waybill = "waybill";

    /// <summary>What the names of all further labels and annotations begin with.</summary>
    public const string Prefix = "backup.waybill/";

    /// <summary>The label with the digest of the name that was asked for, which may be no label itself.</summary>
    public const string NameDigest = Prefix + "name-digest";

    /// <summary>The label of snapshots that are made to read a volume as it is now, and removed with that.</summary>
    public const string Temporary = Prefix + "temporary";

    /// <summary>The annotation with the name that was asked for.</summary>
    public const string Name = Prefix + "name";

    /// <summary>The annotation of a claim that is being filled: the bundle its data comes from. Without <see cref="Filled"/> it may hold anything.</summary>
    public const string FilledFrom = Prefix + "filled-from";

    /// <summary>The annotation of a claim that holds all of the data of <see cref="FilledFrom"/>, or did when it was handed over.</summary>
    public const string Filled = Prefix + "filled";

    /// <summary>
    /// What the label begins with that selects the claims of a group while it is taken; the digest of the group's name follows, so that two groups do not take each other's.
    /// </summary>
    public const string GroupMember = Prefix + "group-";

    /// <summary>The annotation of a snapshot with the name of the group it was taken in.</summary>
    public const string Group = Prefix + "group";

    /// <summary>The annotation of a snapshot of a group that is not wanted any more. It goes with the last of them.</summary>
    public const string Dropped = Prefix + "dropped";

    /// <summary>The label of all that a mover consists of, with its name.</summary>
    public const string Mover = Prefix + "mover";

    /// <summary>What the names of movers begin with, and those of the claims that are made for them.</summary>
    public const string MoverNames = "waybill-mover-";

    /// <summary>
    /// The annotation of a snapshot with the length of its volume at that moment, in bytes. What drivers say a volume of it needs is left out by some, and may be less.
    /// </summary>
    public const string Length = Prefix + "length";

    /// <summary>The annotation with all that was asked for, to tell one request from another.</summary>
    public const string Request = Prefix + "request";

    /// <summary>Says whether an object belongs to a mover, or is a volume that the cluster made for one, which it puts no labels on.</summary>
    public static bool IsOfMover(JsonElement node) =>
        node.Member("metadata", "labels").Text(Mover).Length > 0 || node.Member("spec", "claimRef").Text("name").StartsWith(MoverNames, StringComparison.Ordinal);
}
