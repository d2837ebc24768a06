using System.Globalization;
using System.Text;

namespace Waybill.Cli.Terminal;

/// <summary>
/// Makes text from a bundle safe to print. Names and tags were written by others: an escape sequence in them could move the cursor or change
/// what is on the screen, an invisible character or a change of direction could make one name look like another.
/// </summary>
internal static class TerminalText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Replaces every character that is not plainly visible by <c>\u{…}</c> with its number.</summary>
    public static string Escape(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                if (IsVisible(rune))
                {
                    escaped.Append(rune.ToString());
                }
                else
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
                }

                i += rune.Utf16SequenceLength;
            }
            else
            {
                // Half of a surrogate pair.
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)text[i]:X}}}");
                i++;
            }
        }

        return escaped.ToString();
    }

    /// <summary>Shows a name of bytes: as UTF-8 where it is valid, its other bytes as <c>\x</c> and two digits.</summary>
    public static string Escape(ReadOnlySpan<byte> name)
    {
        var escaped = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                escaped.Append(Escape(rune.ToString()));
            }
            else
            {
                foreach (byte value in name[..consumed])
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"\\x{value:X2}");
                }
            }

            name = name[consumed..];
        }

        return escaped.ToString();
    }

    /// <summary>Decodes a name of bytes if it is UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> name, out string text)
    {
        try
        {
            text = s_strict.GetString(name);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = Encoding.UTF8.GetString(name);
            return false;
        }
    }

    private static bool IsPlain(string text)
    {
        foreach (char c in text)
        {
            if (c is < ' ' or > '~')
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        _ => true,
    };
}
