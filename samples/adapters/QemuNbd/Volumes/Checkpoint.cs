using System.Globalization;

namespace Waybill.Samples.QemuNbd;

/// <summary>Names of bitmaps, which are the change ids: <c>wb-VOLUME-LAYER-RANDOM</c>.</summary>
internal static class Checkpoint
{
    private const string Mark = "wb-";

    public static string Prefix(string volumeIdentity) => $"{Mark}{volumeIdentity}-";

    /// <summary>Gives the layer that was written to before the checkpoint.</summary>
    public static bool TryGetLayer(string checkpoint, string volumeIdentity, out int layer)
    {
        layer = 0;
        return IsOf(checkpoint, volumeIdentity)
            && int.TryParse(checkpoint[Prefix(volumeIdentity).Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out layer);
    }

    /// <summary>Says whether it looks like a checkpoint, and not like one of this volume.</summary>
    public static bool IsOfAnother(string checkpoint, string volumeIdentity) =>
        checkpoint.StartsWith(Mark, StringComparison.Ordinal) && !IsOf(checkpoint, volumeIdentity);

    private static bool IsOf(string checkpoint, string volumeIdentity) => checkpoint.StartsWith(Prefix(volumeIdentity), StringComparison.Ordinal);
}
