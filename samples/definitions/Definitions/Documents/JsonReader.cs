using System.Text;
using System.Text.Json;

namespace Waybill.Samples.Definitions.Documents;

/// <summary>Reads a JSON file into nodes. Keys that occur twice are refused: programs differ in which of the two counts.</summary>
internal static class JsonReader
{
    private static readonly JsonReaderOptions s_options = new() { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = DocumentLimits.MaxDepth };

    /// <summary>Reads a file.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>, <see cref="WaybillErrorCode.LimitExceeded"/>.</exception>
    public static DefinitionDocument Read(string fileName, ReadOnlySpan<byte> content)
    {
        if (content.Length > DocumentLimits.MaxBytes)
        {
            throw DefinitionDocument.TooLarge(fileName, "The definition is larger than 1 MiB");
        }

        int skipped = content.StartsWith("\uFEFF"u8) ? 3 : 0;
        var reader = new Utf8JsonReader(content[skipped..], s_options);
        try
        {
            reader.Read();
            DefinitionNode root = ReadNode(ref reader, fileName, skipped);
            while (reader.Read())
            {
                // Refuses whatever follows the value.
            }

            return new DefinitionDocument(fileName, root);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half of a surrogate pair or bytes that are not UTF-8.
            throw DefinitionDocument.Invalid(fileName, skipped + reader.TokenStartIndex, "The definition is not valid JSON", inner: e);
        }
    }

    private static DefinitionNode ReadNode(ref Utf8JsonReader reader, string fileName, int skipped)
    {
        long offset = skipped + reader.TokenStartIndex;
        DefinitionNode node;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                node = new DefinitionNode(NodeKind.Mapping, offset);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    long place = skipped + reader.TokenStartIndex;
                    string key = reader.GetString()!;
                    reader.Read();
                    if (!node.Entries.TryAdd(key, ReadNode(ref reader, fileName, skipped)))
                    {
                        throw DefinitionDocument.Invalid(fileName, place, $"'{Shown.Cut(key)}' is set twice");
                    }
                }

                break;
            case JsonTokenType.StartArray:
                node = new DefinitionNode(NodeKind.List, offset);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    node.Items.Add(ReadNode(ref reader, fileName, skipped));
                }

                break;
            case JsonTokenType.Null:
                node = new DefinitionNode(NodeKind.Null, offset);
                break;
            case JsonTokenType.String:
                node = new DefinitionNode(NodeKind.Scalar, offset) { Text = reader.GetString()! };
                break;
            default:
                node = new DefinitionNode(NodeKind.Scalar, offset) { Text = Encoding.UTF8.GetString(reader.ValueSpan) };
                break;
        }

        node.Measure();
        return node;
    }
}
