using System.Text;

namespace Waybill.Cli.Resources;

/// <summary>Decodes the bytes of a definition, which are UTF-8 or are refused: a guess at the encoding could change what is named.</summary>
internal static class Utf8Text
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static int ByteOrderMarkLength(ReadOnlySpan<byte> file) => file.StartsWith("\uFEFF"u8) ? 3 : 0;

    public static (string Text, int ByteOrderMarkLength) Decode(ReadOnlySpan<byte> file)
    {
        int skipped = ByteOrderMarkLength(file);
        try
        {
            return (s_strict.GetString(file[skipped..]), skipped);
        }
        catch (DecoderFallbackException error)
        {
            throw new DefinitionException("This is not UTF-8 text.", skipped + Math.Max(0, error.Index), "convert the file to UTF-8");
        }
    }
}
