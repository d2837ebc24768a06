namespace Waybill.Samples.Definitions.Documents;

/// <summary>Text of a definition as it is shown in messages and references: bounded, on one line.</summary>
internal static class Shown
{
    private const int MaxLength = 200;

    public static string Cut(string text)
    {
        string line = text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
        if (line.Length <= MaxLength)
        {
            return line;
        }

        // Never between the halves of one character: the text goes into a bundle as UTF-8.
        return line[..(char.IsHighSurrogate(line[MaxLength - 1]) ? MaxLength - 1 : MaxLength)] + "…";
    }
}
