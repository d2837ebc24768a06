using System.Globalization;
using System.Text;

namespace Waybill.Cli.Terminal;

/// <summary>Lines up columns, two spaces apart, each as wide as its widest cell. The last column is not padded.</summary>
internal sealed class TextTable(string indent, params bool[] isNumber)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output)
    {
        int[] widths = new int[isNumber.Length];
        foreach (string[] row in _rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], WidthOf(row[i]));
            }
        }

        foreach (string[] row in _rows)
        {
            var line = new StringBuilder(indent);
            for (int i = 0; i < row.Length; i++)
            {
                int padding = widths[i] - WidthOf(row[i]);
                if (i > 0)
                {
                    line.Append("  ");
                }

                if (isNumber[i])
                {
                    line.Append(' ', padding).Append(row[i]);
                }
                else
                {
                    line.Append(row[i]).Append(' ', padding);
                }
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }

    // What the terminal shows: a letter with its accents is one place. Wide East Asian letters come out a little ragged.
    private static int WidthOf(string text) => new StringInfo(text).LengthInTextElements;
}
