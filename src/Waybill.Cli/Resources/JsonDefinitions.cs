using System.Text.Json;

namespace Waybill.Cli.Resources;

/// <summary>Splits a JSON file into its top-level values, usually one. A file with one value is one slice, white space included.</summary>
internal static class JsonDefinitions
{
    private static readonly JsonReaderOptions s_options = new()
    {
        AllowMultipleValues = true,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = DefinitionLimits.MaxDepth,
    };

    public static List<DefinitionDocument> Split(ReadOnlyMemory<byte> file)
    {
        int skipped = Utf8Text.ByteOrderMarkLength(file.Span);
        var reader = new Utf8JsonReader(file.Span[skipped..], s_options);
        var documents = new List<DefinitionDocument>();
        try
        {
            while (reader.Read())
            {
                DefinitionNode root = ReadNode(ref reader, skipped);
                if (root.Kind != DefinitionNodeKind.Null)
                {
                    documents.Add(new DefinitionDocument(root, root.Offset, root.End));
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half of a surrogate pair or bytes that are not UTF-8.
            throw new DefinitionException($"This is not valid JSON: {error.Message}", skipped + reader.TokenStartIndex);
        }

        return documents is [{ Root: var only }] ? [new DefinitionDocument(only, 0, file.Length)] : documents;
    }

    private static DefinitionNode ReadNode(ref Utf8JsonReader reader, int skipped)
    {
        long offset = skipped + reader.TokenStartIndex;
        DefinitionNode node;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                node = DefinitionNode.Mapping(offset, selfContained: true);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string key = reader.GetString()!;
                    reader.Read();
                    node.Entries.Add(new(key, ReadNode(ref reader, skipped)));
                }

                break;
            case JsonTokenType.StartArray:
                node = DefinitionNode.Sequence(offset, selfContained: true);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    node.Items.Add(ReadNode(ref reader, skipped));
                }

                break;
            case JsonTokenType.Null:
                node = DefinitionNode.Null(offset);
                break;
            case JsonTokenType.String:
                node = DefinitionNode.Scalar(reader.GetString()!, offset);
                break;
            default:
                node = DefinitionNode.Scalar(System.Text.Encoding.UTF8.GetString(reader.ValueSpan), offset);
                break;
        }

        node.End = skipped + reader.BytesConsumed;
        return node;
    }
}
