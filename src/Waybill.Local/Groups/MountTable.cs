using System.Globalization;

namespace Waybill.Local;

/// <summary>Finds where this process sees block devices mounted.</summary>
internal static class MountTable
{
    private const string TablePath = "/proc/self/mountinfo";

    /// <summary>Finds one place where a device is mounted; null if there is none.</summary>
    public static string? FindMountOf(LoopDevice device) => FindMountOf(File.ReadLines(TablePath), device);

    internal static string? FindMountOf(IEnumerable<string> table, LoopDevice device)
    {
        foreach (string line in table)
        {
            // 36 35 98:0 /root /mount/point options [optional fields] - type source options
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-");
            if (separator < 6 || fields.Length < separator + 3)
            {
                continue;
            }

            // btrfs has a number of its own instead of its device's.
            if (fields[2] == device.Number || Unescape(fields[separator + 2]) == device.Path)
            {
                return Unescape(fields[4]);
            }
        }

        return null;
    }

    private static string Unescape(string text)
    {
        for (int at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0 && at + 4 <= text.Length; at = text.IndexOf('\\', at + 1))
        {
            int code = 0;
            foreach (char digit in text.AsSpan(at + 1, 3))
            {
                code = (code * 8) + (digit - '0');
            }

            text = string.Create(CultureInfo.InvariantCulture, $"{text[..at]}{(char)code}{text[(at + 4)..]}");
        }

        return text;
    }
}
