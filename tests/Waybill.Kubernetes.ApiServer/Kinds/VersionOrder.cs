using System.Globalization;
using System.Text.RegularExpressions;

namespace Waybill.Kubernetes.ApiServer.Kinds;

/// <summary>Orders versions as the server does when it chooses the preferred one: v10 above v2 above v1beta2 above v1alpha1 above everything else.</summary>
public sealed partial class VersionOrder : IComparer<string>
{
    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        (int Stability, int Major, int Minor) left = Parse(x ?? "");
        (int Stability, int Major, int Minor) right = Parse(y ?? "");
        int order = left.CompareTo(right);
        return order != 0 ? order : string.CompareOrdinal(y, x);
    }

    private static (int Stability, int Major, int Minor) Parse(string version)
    {
        Match match = Version().Match(version);
        return match.Success
            ? (match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 }, Number(match.Groups[1].Value), Number(match.Groups[3].Value))
            : (0, 0, 0);
    }

    private static int Number(string digits) => digits.Length == 0 ? 0 : int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex("^v([0-9]{1,6})(?:(alpha|beta)([0-9]{1,6}))?$")]
    private static partial Regex Version();
}
