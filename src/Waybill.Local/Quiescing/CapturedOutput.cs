using System.Globalization;
using System.Text;

namespace Waybill.Local;

/// <summary>What a command printed: its end, as far as a bound reaches.</summary>
internal sealed class CapturedOutput
{
    /// <summary>How many bytes are kept.</summary>
    public const int Limit = 64 << 10;

    private const int MessageLimit = 2000;

    private readonly byte[] _ring;
    private long _total;

    /// <summary>Makes one that is empty.</summary>
    public CapturedOutput() => _ring = new byte[Limit];

    private CapturedOutput(byte[] ring, long total)
    {
        _ring = ring;
        _total = total;
    }

    /// <summary>Gets whether nothing was printed.</summary>
    public bool IsEmpty => _total == 0;

    /// <summary>Makes one that stays as this one is now.</summary>
    public CapturedOutput Copy() => new([.. _ring], _total);

    /// <summary>Adds what was printed next.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            _ring[_total++ % Limit] = value;
        }
    }

    /// <summary>Gets what is kept, in order.</summary>
    public byte[] ToArray()
    {
        int length = (int)Math.Min(_total, Limit);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = _ring[(_total - length + i) % Limit];
        }

        return bytes;
    }

    /// <summary>Gets what is kept as text in which nothing can move a terminal's cursor or begin a line of its own.</summary>
    public string ToText() => (_total > Limit ? "…" : "") + Escape(Encoding.UTF8.GetString(ToArray()).Trim());

    /// <summary>Gets the last part of the text, short enough for a message, with what introduces it; empty if nothing was printed.</summary>
    public string ToMessagePart()
    {
        string text = ToText();
        if (text.Length == 0)
        {
            return "";
        }

        return ": " + (text.Length <= MessageLimit ? text : "…" + text[^MessageLimit..]);
    }

    private static string Escape(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            // Format characters can reorder what is shown around them.
            if (c == '\n')
            {
                result.Append("\\n");
            }
            else if (char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }
}
