using System.Collections.Immutable;
using System.Globalization;

namespace Waybill.Samples.FileShare;

/// <summary>A security descriptor in the library's text: owner, group and entries <c>SID:type/flags/mask</c>.</summary>
internal sealed record SmbSecurity(string Owner, string Group, ImmutableArray<(string Sid, int Type, int Flags, uint Mask)> Entries)
{
    private const string UnixUser = "S-1-22-1-";
    private const string UnixGroup = "S-1-22-2-";
    private const string Everyone = "S-1-1-0";
    private const uint ReadMask = 0x1;
    private const uint WriteMask = 0x2;
    private const uint ExecuteMask = 0x20;

    /// <summary>Gets the number of the owner on the server, if the server is one that has them.</summary>
    public uint? UserId => Number(Owner, UnixUser);

    /// <summary>Gets the number of the group on the server, if the server is one that has them.</summary>
    public uint? GroupId => Number(Group, UnixGroup);

    /// <summary>Gets the permission bits that the entries grant to owner, group and everyone.</summary>
    public int Mode => (Bits(Owner) << 6) | (Bits(Group) << 3) | Bits(Everyone);

    public static SmbSecurity Parse(string text)
    {
        string owner = "";
        string group = "";
        var entries = ImmutableArray.CreateBuilder<(string, int, int, uint)>();
        foreach (string part in text.Split(','))
        {
            string[] fields = part.Split(':');
            switch (fields[0])
            {
                case "OWNER" when fields.Length == 2:
                    owner = fields[1];
                    break;
                case "GROUP" when fields.Length == 2:
                    group = fields[1];
                    break;
                case "ACL" when fields.Length == 3 && ParseAccess(fields[2]) is var (type, flags, mask):
                    if (!entries.Contains((fields[1], type, flags, mask)))
                    {
                        entries.Add((fields[1], type, flags, mask));
                    }

                    break;
                case "REVISION":
                    break;
                default:
                    throw new FormatException($"'{part}' is no part of a security descriptor.");
            }
        }

        return new SmbSecurity(owner, group, entries.ToImmutable());
    }

    /// <summary>Makes the descriptor of what another kind of source knows.</summary>
    public static SmbSecurity Of(FileTreeEntry entry)
    {
        string owner = string.Create(CultureInfo.InvariantCulture, $"{UnixUser}{entry.UserId}");
        string group = string.Create(CultureInfo.InvariantCulture, $"{UnixGroup}{entry.GroupId}");
        return new SmbSecurity(owner, group, [
            (owner, 0, 0, Mask(entry.Mode >> 6) | 0x1E0110),
            (group, 0, 0, Mask(entry.Mode >> 3)),
            (Everyone, 0, 0, Mask(entry.Mode))]);
    }

    /// <summary>Gets the text that the library takes. It reads masks right only if they are decimal.</summary>
    public override string ToString() => string.Join(
        ',',
        [$"REVISION:1", $"OWNER:{Owner}", $"GROUP:{Group}", .. Entries.Select(e => string.Create(CultureInfo.InvariantCulture, $"ACL:{e.Sid}:{e.Type}/{e.Flags}/{e.Mask}"))]);

    private static (int Type, int Flags, uint Mask)? ParseAccess(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length == 3 ? ((int)ParseNumber(parts[0]), (int)ParseNumber(parts[1]), ParseNumber(parts[2])) : null;
    }

    private static uint ParseNumber(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? uint.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static uint? Number(string sid, string prefix) =>
        sid.StartsWith(prefix, StringComparison.Ordinal) && uint.TryParse(sid.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? number
            : null;

    private static uint Mask(int bits) =>
        ((bits & 4) != 0 ? 0x120089u : 0) | ((bits & 2) != 0 ? 0x120116u : 0) | ((bits & 1) != 0 ? 0x1200A0u : 0);

    private int Bits(string sid)
    {
        uint mask = Entries.Where(e => e.Sid == sid && e.Type == 0).Aggregate(0u, (all, e) => all | e.Mask);
        return ((mask & ReadMask) != 0 ? 4 : 0) | ((mask & WriteMask) != 0 ? 2 : 0) | ((mask & ExecuteMask) != 0 ? 1 : 0);
    }
}
