using System.Globalization;

namespace Waybill.Kubernetes;

/// <summary>Sizes as clusters write them: <c>10Gi</c>, <c>2M</c>, <c>1e9</c>, <c>4096</c>.</summary>
internal static class Quantity
{
    private const string Binary = "KMGTPE";

    /// <summary>Reads a size in bytes; what is not whole is rounded up, as clusters do.</summary>
    /// <returns>Whether the text is one that fits.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        decimal factor = 1;
        string number = text;
        if (text.EndsWith('i') && text.Length > 2 && Binary.IndexOf(text[^2], StringComparison.Ordinal) is var binary and >= 0)
        {
            factor = 1L << (10 * (binary + 1));
            number = text[..^2];
        }
        else if (text.Length > 1 && "kMGTPE".IndexOf(text[^1], StringComparison.Ordinal) is var power and >= 0)
        {
            for (int i = 0; i <= power; i++)
            {
                factor *= 1000;
            }

            number = text[..^1];
        }
        else if (text.EndsWith('m'))
        {
            factor = 0.001m;
            number = text[..^1];
        }

        const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(number, Styles, CultureInfo.InvariantCulture, out decimal value) || value < 0 || value > long.MaxValue / factor)
        {
            return false;
        }

        bytes = (long)decimal.Ceiling(value * factor);
        return true;
    }
}
