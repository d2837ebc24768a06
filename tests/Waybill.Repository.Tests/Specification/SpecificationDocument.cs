using System.Globalization;
using System.Text.RegularExpressions;
using Waybill.Bundles.Format;

namespace Waybill.Repository.Tests.Specification;

/// <summary>The parts of docs/spec/bundle-format.md that a program can check: byte tables, numbered obligations, hex dumps.</summary>
internal sealed partial class SpecificationDocument
{
    private readonly string[] _lines;

    private SpecificationDocument(string text)
    {
        _lines = text.Split('\n');
        Layouts = ReadLayouts();
        HexDumps = ReadHexDumps();
        Obligations = [.. _lines.Select(line => Obligation().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        UnnumberedObligations = FindUnnumbered();
    }

    /// <summary>Gets the rows of each table that follows a comment <c>layout: NAME</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<WireField>> Layouts { get; }

    /// <summary>Gets the bytes of each code block that follows a comment <c>hexdump: NAME</c>.</summary>
    public IReadOnlyDictionary<string, byte[]> HexDumps { get; }

    /// <summary>Gets the ids of list items such as <c>- [F-01] …</c>, in their order, repeated ones included.</summary>
    public IReadOnlyList<string> Obligations { get; }

    /// <summary>Gets the lines that oblige somebody without a number by which a test could refer to them.</summary>
    public IReadOnlyList<string> UnnumberedObligations { get; }

    public static SpecificationDocument Load() => Parse(RepositoryFiles.Read("docs/spec/bundle-format.md"));

    public static SpecificationDocument Parse(string text) => new(text);

    private Dictionary<string, IReadOnlyList<WireField>> ReadLayouts()
    {
        Dictionary<string, IReadOnlyList<WireField>> layouts = [];
        for (int i = 0; i < _lines.Length; i++)
        {
            if (Marker("layout").Match(_lines[i]) is { Success: true } marker)
            {
                string name = marker.Groups[1].Value;
                if (_lines.ElementAtOrDefault(i + 1) != "| off | size | field |")
                {
                    throw new FormatException($"Line {i + 2}: expected the head of the byte table {name}.");
                }

                List<WireField> fields = [];
                for (int row = i + 3; row < _lines.Length && _lines[row].StartsWith('|'); row++)
                {
                    string[] cells = [.. _lines[row].Trim('|').Split('|').Select(cell => cell.Trim().Trim('`'))];
                    fields.Add(new WireField(cells[2], Number(cells[0]), Number(cells[1])));
                }

                layouts.Add(name, fields);
            }
        }

        return layouts;

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    private Dictionary<string, byte[]> ReadHexDumps()
    {
        Dictionary<string, byte[]> dumps = [];
        for (int i = 0; i < _lines.Length; i++)
        {
            if (Marker("hexdump").Match(_lines[i]) is { Success: true } marker)
            {
                List<byte> bytes = [];
                for (int row = i + 2; row < _lines.Length && !_lines[row].StartsWith("```", StringComparison.Ordinal); row++)
                {
                    AddDumpLine(bytes, _lines[row], row + 1);
                }

                dumps.Add(marker.Groups[1].Value, [.. bytes]);
            }
        }

        return dumps;
    }

    // "offset  bytes  comment": parts are separated by two spaces; bytes by one. A line with an offset only closes the dump.
    private static void AddDumpLine(List<byte> bytes, string line, int number)
    {
        Match match = DumpLine().Match(line);
        if (match.Success)
        {
            int offset = int.Parse(match.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (offset != bytes.Count)
            {
                throw new FormatException($"Line {number}: the dump is at {bytes.Count:x8} but says {offset:x8}.");
            }

            bytes.AddRange(Convert.FromHexString(match.Groups[2].Value.Replace(" ", "", StringComparison.Ordinal)));
        }
        else if (line.Trim().Length > 0)
        {
            throw new FormatException($"Line {number}: not a line of a hex dump: {line}");
        }
    }

    private List<string> FindUnnumbered()
    {
        List<string> found = [];
        bool code = false;
        for (int i = 0; i < _lines.Length; i++)
        {
            code ^= _lines[i].StartsWith("```", StringComparison.Ordinal);
            bool explainsTheWord = _lines[i].Contains("RFC 2119", StringComparison.Ordinal);
            if (!code && !explainsTheWord && Must().IsMatch(_lines[i]) && !Obligation().IsMatch(_lines[i]))
            {
                found.Add($"line {i + 1}: {_lines[i]}");
            }
        }

        return found;
    }

    private static Regex Marker(string kind) => new($@"^<!-- {kind}: (\w+) -->$");

    [GeneratedRegex(@"^- \[([A-Z]-\d{2,})\] \S")]
    private static partial Regex Obligation();

    [GeneratedRegex(@"\bMUST\b")]
    private static partial Regex Must();

    [GeneratedRegex(@"^([0-9a-f]{4,8})(?:  ?((?:[0-9a-fA-F]{2} {1,2}?)*[0-9a-fA-F]{2}))?(?:  .*)?$")]
    private static partial Regex DumpLine();
}
