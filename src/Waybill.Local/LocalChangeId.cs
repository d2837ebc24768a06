namespace Waybill.Local;

/// <summary>Change ids of this platform: a snapshot together with its volume, so that the snapshot of another volume is told apart even when it is gone.</summary>
internal static class LocalChangeId
{
    private const char Separator = '/';

    public static ChangeId Make(string volume, string snapshot) => new($"{volume}{Separator}{snapshot}");

    public static bool TryParse(ChangeId id, out string volume, out string snapshot)
    {
        string text = id.ToString();
        int end = text.LastIndexOf(Separator);
        volume = end > 0 ? text[..end] : "";
        snapshot = text[(end + 1)..];
        return end > 0 && snapshot.Length > 0;
    }
}
