using System.Text;

namespace Waybill;

/// <summary>Checks names that platforms give and that mean nothing to us: short, printable text.</summary>
internal static class OpaqueText
{
    public static string Check(string value, int maxLength, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, parameter);
        if (!IsValid(value, maxLength))
        {
            throw new ArgumentException($"A platform's name has 1 to {maxLength} bytes of UTF-8 and no control characters.", parameter);
        }

        return value;
    }

    public static bool IsValid(string? value, int maxLength) =>
        !string.IsNullOrEmpty(value) && Encoding.UTF8.GetByteCount(value) <= maxLength && !value.Any(char.IsControl);
}
