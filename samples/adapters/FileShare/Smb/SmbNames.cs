namespace Waybill.Samples.FileShare;

/// <summary>Names as servers show them. One with characters that SMB forbids is shown as another, which nobody gave: <c>W8SLNF~Z</c>.</summary>
internal static class SmbNames
{
    private const int TildeAt = 6;
    private const int BaseLength = 8;

    /// <summary>Tells whether a name has the form that Samba makes up. A real name may look so too; that is then said in vain.</summary>
    public static bool LooksMadeUp(ReadOnlySpan<byte> name)
    {
        int dot = name.IndexOf((byte)'.');
        ReadOnlySpan<byte> start = dot < 0 ? name : name[..dot];
        return start.Length == BaseLength && start[TildeAt] == (byte)'~' && name.Length - start.Length <= 4
            && !start.ContainsAnyInRange((byte)'a', (byte)'z') && !start.ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }
}
