using System.Globalization;

namespace Waybill.Cli.Terminal;

/// <summary>Reads sizes and offsets as people give them: <c>4096</c>, <c>64KiB</c>, <c>1M</c>. Units are powers of 1024.</summary>
internal static class SizeText
{
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> digits = text.AsSpan().TrimEnd("Bi");
        int shift = 0;
        if (digits.Length > 0 && !char.IsAsciiDigit(digits[^1]))
        {
            shift = char.ToUpperInvariant(digits[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => -1 };
            if (shift < 0)
            {
                return false;
            }

            digits = digits[..^1];
        }

        string unit = text[digits.Length..];
        bool unitIsKnown = shift == 0
            ? unit is "" or "B"
            : unit.Length == 1 || unit[1..] is "iB" or "B";
        if (!unitIsKnown || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }
}
