using System.Text;
using Waybill.Bundles.Format;

namespace Waybill.Bundles;

/// <summary>The rule for names of streams, spec R-13: they become file names on restore.</summary>
internal static class StreamName
{
    public static bool IsValid(string name) =>
        name is not ("" or "." or "..")
        && Encoding.UTF8.GetByteCount(name) <= BundleFormat.MaxStreamNameBytes
        && !name.AsSpan().ContainsAny('/', '\\')
        && !name.Any(char.IsControl);
}
