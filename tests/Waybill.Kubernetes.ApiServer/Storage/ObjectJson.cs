using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Storage;

/// <summary>How objects are written, and changed without touching the bytes that stay.</summary>
internal static class ObjectJson
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Serialize(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, s_options);

    public static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { MaxDepth = 256 }) as JsonObject
                ?? throw ApiException.BadRequest("the body of the request is not an object");
        }
        catch (JsonException error)
        {
            throw ApiException.BadRequest($"error decoding the body: {error.Message}");
        }
    }

    public static JsonObject Metadata(JsonObject node)
    {
        if (node["metadata"] is not JsonObject metadata)
        {
            node["metadata"] = metadata = [];
        }

        return metadata;
    }

    public static string Text(JsonNode? node, string name) => node?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    public static long Number(JsonNode? node, string name) => node?[name] is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    /// <summary>Puts kind and API version first, where a server writes them.</summary>
    public static JsonObject WithTypeFirst(JsonObject node, string kind, string apiVersion)
    {
        var ordered = new JsonObject { ["kind"] = kind, ["apiVersion"] = apiVersion };
        foreach ((string name, JsonNode? value) in node.ToArray())
        {
            if (name is "kind" or "apiVersion")
            {
                continue;
            }

            node.Remove(name);
            ordered[name] = value;
        }

        return ordered;
    }

    /// <summary>Gets an object's bytes without its kind and API version, as they stand in the list of a kind that is built in.</summary>
    public static byte[] WithoutType(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var kept = new MemoryStream(json.Length);
        kept.WriteByte((byte)'{');
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int start = (int)reader.TokenStartIndex;
            bool isType = reader.ValueTextEquals("kind"u8) || reader.ValueTextEquals("apiVersion"u8);
            reader.Read();
            reader.Skip();
            if (!isType)
            {
                if (kept.Length > 1)
                {
                    kept.WriteByte((byte)',');
                }

                kept.Write(json[start..(int)reader.BytesConsumed]);
            }
        }

        kept.WriteByte((byte)'}');
        return kept.ToArray();
    }
}
