using System.Globalization;
using System.Text;
using Waybill.Bundles.Format;

namespace Waybill.Vectors;

/// <summary>Shows a bundle field by field: offset, bytes, name.</summary>
internal static class HexDump
{
    private const int BytesPerLine = 16;

    public static string Of(byte[] bundle)
    {
        var text = new StringBuilder();
        int at = Structure(text, bundle, 0, "Preamble", "preamble");
        while (RecordHeader.TryRead(bundle.AsSpan(at), out RecordHeader header))
        {
            string name = header.Type.ToString().ToUpperInvariant();
            at = Structure(text, bundle, at, "RecordHeader", name);
            Bytes(text, bundle, at, header.PayloadLength, $"{name} payload");
            Bytes(text, bundle, at + header.PayloadLength, header.PaddingLength, "padding");
            at = (int)header.NextOffset;
        }

        at = Structure(text, bundle, at, "Trailer", "trailer");
        return text.Append(CultureInfo.InvariantCulture, $"{at:x8}\n").ToString();
    }

    /// <summary>Replaces the code block after the comment that names the dump.</summary>
    public static string Insert(string document, string name, string dump)
    {
        const string Fence = "```\n";
        int block = document.IndexOf($"<!-- hexdump: {name} -->\n{Fence}", StringComparison.Ordinal);
        if (block < 0)
        {
            throw new FormatException($"The document has no place for the dump '{name}'.");
        }

        int start = document.IndexOf(Fence, block, StringComparison.Ordinal) + Fence.Length;
        int end = document.IndexOf(Fence, start, StringComparison.Ordinal);
        return document[..start] + dump + document[end..];
    }

    private static int Structure(StringBuilder text, byte[] bundle, int at, string layout, string owner)
    {
        int end = at;
        foreach (WireField field in WireLayouts.All[layout])
        {
            Bytes(text, bundle, at + field.Offset, field.Size, $"{owner} {field.Name}");
            end = at + field.Offset + field.Size;
        }

        return end;
    }

    private static void Bytes(StringBuilder text, byte[] bundle, int at, int length, string name)
    {
        for (int done = 0; done < length; done += BytesPerLine)
        {
            ReadOnlySpan<byte> line = bundle.AsSpan(at + done, Math.Min(BytesPerLine, length - done));
            string hex = string.Join(' ', Convert.ToHexStringLower(line).Chunk(2).Select(pair => new string(pair)));
            string remark = done == 0 ? name : "";
            string shown = string.Create(CultureInfo.InvariantCulture, $"{at + done:x8}  {hex,-47}  | {remark}");
            text.Append(shown.TrimEnd('|', ' ')).Append('\n');
        }
    }
}
