using System.Globalization;
using System.Text;

namespace Waybill.Local;

/// <summary>Puts what a volume was asked for with into a form in which two requests can be compared.</summary>
internal static class VolumeRequest
{
    public static string ToText(VolumeCreateRequest request)
    {
        var text = new StringBuilder();
        Append(text, request.Kind.ToString());
        Append(text, request.Length.ToString(CultureInfo.InvariantCulture));
        Append(text, request.Source?.Volume.ToString() ?? "");
        Append(text, request.Source?.Snapshot?.ToString() ?? "");
        Append(text, request.StorageClass);
        foreach ((string name, string value) in request.Parameters)
        {
            Append(text, name);
            Append(text, value);
        }

        return text.ToString();
    }

    // With its length before it, no part can look like the end of another.
    private static void Append(StringBuilder text, string part) => text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part} ");
}
