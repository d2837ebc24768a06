using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>What matters of a persistent volume.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Volume">The driver's name of it.</param>
/// <param name="ClaimNamespace">The namespace of the claim it is bound to.</param>
/// <param name="ClaimName">The name of that claim.</param>
/// <param name="ClaimUid">The UID of that claim.</param>
internal sealed record VolumeFacts(string Name, VolumeId Volume, string ClaimNamespace, string ClaimName, string ClaimUid)
{
    public static ApiResource Kind { get; } = new("", "v1", "PersistentVolume", "persistentvolumes", false);

    /// <summary>Reads a persistent volume; null if it is another driver's.</summary>
    public static VolumeFacts? Read(JsonElement root, string driver)
    {
        JsonElement spec = root.Member("spec");
        JsonElement csi = spec.Member("csi");
        JsonElement claim = spec.Member("claimRef");
        return csi.Text("driver") == driver && VolumeId.TryParse(csi.Text("volumeHandle"), null, out VolumeId volume)
            ? new VolumeFacts(root.Member("metadata").Text("name"), volume, claim.Text("namespace"), claim.Text("name"), claim.Text("uid"))
            : null;
    }

    /// <summary>Says whether it is bound to a claim. That the claim names it is not enough: whoever writes claims can name any volume.</summary>
    public bool BelongsTo(ClaimFacts claim) =>
        ClaimUid.Length > 0 && (ClaimNamespace, ClaimName, ClaimUid) == (claim.Namespace, claim.Name, claim.Uid);
}
