using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Vectors;

/// <summary>How a vector lies in its folder: the bundle, compressed if that pays, and a description in JSON.</summary>
internal static class VectorFile
{
    private const int LargestUncompressed = 4096;

    private static readonly JsonWriterOptions s_indented = new() { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string NameOf(string vector, int length) => length > LargestUncompressed ? $"{vector}.waybill.z" : $"{vector}.waybill";

    /// <summary>Gets the name of the file of detached statements, where readers look for it.</summary>
    public static string DetachedNameOf(string vector) => $"{vector}.waybill.sig";

    public static byte[] Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (!path.EndsWith(".z", StringComparison.Ordinal))
        {
            return bytes;
        }

        using var zlib = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var output = new MemoryStream();
        zlib.CopyTo(output);
        return output.ToArray();
    }

    public static void Write(string path, byte[] bundle)
    {
        if (!path.EndsWith(".z", StringComparison.Ordinal))
        {
            File.WriteAllBytes(path, bundle);
            return;
        }

        using FileStream file = File.Create(path);
        using var zlib = new ZLibStream(file, CompressionLevel.SmallestSize);
        zlib.Write(bundle);
    }

    /// <summary>Gets the description of a vector.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="fileOf">The file name of the bundle of another vector in the same folder.</param>
    public static string Describe(Vector vector, VectorBundle bundle, Func<string, string> fileOf)
    {
        var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, s_indented))
        {
            json.WriteStartObject();
            json.WriteString("file", NameOf(vector.Name, bundle.Bytes.Length));
            json.WriteString("about", vector.About);
            WriteArray(json, "spec", vector.Spec);
            if (vector.Or.Length > 0)
            {
                WriteArray(json, "expect", [vector.Expect, .. vector.Or]);
            }
            else
            {
                json.WriteString("expect", vector.Expect);
            }

            if (vector.Expect != VectorNames.Ok)
            {
                json.WriteString("code", VectorNames.CodeOf(vector.Expect));
            }

            if (vector.Parents.Length > 0)
            {
                WriteArray(json, "parents", vector.Parents.Select(fileOf));
            }

            WriteKeys(json, vector);
            if (vector.Expect == VectorNames.Ok)
            {
                WriteStreams(json, bundle.Streams);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.ToArray()) + "\n";
    }

    private static void WriteKeys(Utf8JsonWriter json, Vector vector)
    {
        if (vector.Keys.Length > 0)
        {
            json.WriteStartArray("keys");
            foreach (VectorKey key in vector.Keys)
            {
                json.WriteStartObject();
                json.WriteString("type", key.Type);
                json.WriteString("value", key.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (vector.Scopes != KeyScopes.None)
        {
            json.WriteNumber("scopes", (int)vector.Scopes);
        }

        if (vector.Trust.Length > 0)
        {
            WriteArray(json, "trust", vector.Trust);
        }
    }

    private static void WriteStreams(Utf8JsonWriter json, IReadOnlyList<VectorStream> streams)
    {
        json.WriteStartArray("streams");
        foreach (VectorStream stream in streams)
        {
            json.WriteStartObject();
            json.WriteString("name", stream.Name);
            json.WriteString("kind", stream.Kind);
            json.WriteNumber("virtual_length", stream.VirtualLength);
            json.WriteString("root", stream.Root);
            if (stream.Sha256 is { } digest)
            {
                json.WriteString("sha256", digest);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
