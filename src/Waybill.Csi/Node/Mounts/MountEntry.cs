using System.Globalization;

namespace Waybill.Csi;

/// <summary>A mount as the kernel lists it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Device">Major and minor number of the file system, such as <c>7:0</c>; some file systems have a number of their own instead of their device's.</param>
/// <param name="Root">What of the file system is mounted, such as <c>/</c>.</param>
/// <param name="MountPoint">Where.</param>
/// <param name="Options">Options of the mount.</param>
/// <param name="Type">The type of the file system.</param>
/// <param name="Source">What was mounted, such as <c>/dev/loop0</c>.</param>
/// <param name="FileSystemOptions">Options of the file system, for all its mounts.</param>
internal sealed record MountEntry(
    ulong Id, string Device, string Root, string MountPoint, string Options, string Type, string Source, string FileSystemOptions)
{
    /// <summary>Gets whether nothing can be written by way of this mount.</summary>
    public bool IsReadOnly => Has(Options, "ro");

    /// <summary>Gets whether nothing can be written by way of any mount of the file system.</summary>
    public bool IsFileSystemReadOnly => Has(FileSystemOptions, "ro");

    /// <summary>Whether an option stands in a list.</summary>
    public static bool Has(string options, string option) => $",{options},".Contains($",{option},", StringComparison.Ordinal);

    /// <summary>Reads a line of <c>/proc/self/mountinfo</c>.</summary>
    /// <returns>The mount; <see langword="null"/> if the line is not one.</returns>
    public static MountEntry? Parse(string line)
    {
        // 36 35 98:0 /root /mount/point options [optional fields] - type source options
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-");
        return separator < 6 || fields.Length < separator + 4 || !ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong id)
            ? null
            : new MountEntry(
                id, fields[2], Unescape(fields[3]), Unescape(fields[4]), fields[5], fields[separator + 1], Unescape(fields[separator + 2]), fields[separator + 3]);
    }

    // Space, tab, line feed and backslash are written as three octal digits.
    private static string Unescape(string text)
    {
        int at = text.IndexOf('\\', StringComparison.Ordinal);
        if (at < 0)
        {
            return text;
        }

        var result = new System.Text.StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                result.Append((char)(((text[i + 1] - '0') * 64) + ((text[i + 2] - '0') * 8) + (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
