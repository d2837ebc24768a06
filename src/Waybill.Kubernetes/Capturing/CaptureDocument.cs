using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>
/// The document that travels in front of an application's objects and tells what they do not: docs/spec/captured-application.md. It is JSON of a kind of its
/// own, in several parts if there are many objects, and a restore never sends it to a cluster.
/// </summary>
public static class CaptureDocument
{
    /// <summary>The API version of the document.</summary>
    public const string ApiVersion = "waybill/v1";

    /// <summary>The kind of the document.</summary>
    public const string Kind = "CapturedApplication";

    /// <summary>How many objects one part tells of, so that no part comes near the limit of 16 MiB.</summary>
    private const int ObjectsPerPart = 10_000;

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Says whether an object of a bundle is such a document.</summary>
    /// <param name="resource">The object.</param>
    /// <returns>Whether it is.</returns>
    public static bool Is(ResourceObject resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.ApiVersion == ApiVersion && resource.Kind == Kind;
    }

    internal static IEnumerable<ResourceObject> Write(CapturedApplication captured)
    {
        int parts = Math.Max(1, (captured.Objects.Length + ObjectsPerPart - 1) / ObjectsPerPart);
        ILookup<int, ObjectRelation> relations = captured.Relations.ToLookup(relation => relation.From / ObjectsPerPart);
        for (int part = 0; part < parts; part++)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer, s_options))
            {
                json.WriteStartObject();
                json.WriteString("apiVersion", ApiVersion);
                json.WriteString("kind", Kind);
                json.WriteStartObject("metadata");
                json.WriteString("name", NameOf(captured, part));
                json.WriteEndObject();
                json.WriteNumber("part", part + 1);
                json.WriteNumber("parts", parts);
                if (part == 0)
                {
                    WriteHead(json, captured);
                }

                WriteObjects(json, captured, part, parts);
                WriteRelations(json, relations[part], parts);
                json.WriteEndObject();
            }

            yield return new ResourceObject
            {
                ApiVersion = ApiVersion, Kind = Kind, Name = NameOf(captured, part), MediaType = "application/json", Content = buffer.WrittenMemory,
            };
        }
    }

    private static string NameOf(CapturedApplication captured, int part) =>
        part == 0 ? captured.Name : string.Create(CultureInfo.InvariantCulture, $"{captured.Name} part {part + 1}");

    private static void WriteHead(Utf8JsonWriter json, CapturedApplication captured)
    {
        json.WriteString("begun", captured.Begun.ToString());
        json.WriteString("ended", captured.Ended.ToString());
        json.WriteStartObject("cluster");
        json.WriteString("uid", captured.Origin.ClusterId);
        json.WriteString("name", captured.Origin.ClusterName);
        json.WriteString("version", captured.ClusterVersion);
        json.WriteEndObject();
        WriteList(json, "images", captured.Images, image => json.WriteMembers(("image", image.Image), ("digest", image.Digest)));
        WriteList(json, "claims", captured.Claims, claim => json.WriteMembers(
            ("namespace", claim.Namespace), ("name", claim.Name), ("uid", claim.Uid), ("storageClass", claim.StorageClass), ("volumeMode", claim.VolumeMode),
            ("capacity", claim.Capacity), ("volume", claim.Volume), ("driver", claim.Driver), ("handle", claim.Handle), ("fileSystem", claim.FileSystem)));
        WriteList(json, "externalData", captured.ExternalData, data => json.WriteMembers(("kind", data.Kind), ("target", data.Target), ("reference", data.Reference)));
        WriteList(json, "gaps", captured.Gaps, gap => json.WriteMembers(("kind", Words.Of(gap.Kind)), ("what", gap.What), ("reason", gap.Reason)));
        json.WriteStartArray("excluded");
        foreach (string excluded in captured.Excluded)
        {
            json.WriteStringValue(excluded);
        }

        json.WriteEndArray();
    }

    private static void WriteObjects(Utf8JsonWriter json, CapturedApplication captured, int part, int parts)
    {
        json.WriteStartArray("objects");
        for (int i = part * ObjectsPerPart; i < Math.Min(captured.Objects.Length, (part + 1) * ObjectsPerPart); i++)
        {
            CapturedObject item = captured.Objects[i];
            json.WriteStartObject();
            json.WriteNumber("ordinal", i + parts);
            json.WriteMembers(
                ("apiVersion", item.Resource.ApiVersion), ("kind", item.Resource.Kind), ("namespace", item.Resource.Namespace), ("name", item.Resource.Name),
                ("uid", item.Resource.Uid), ("resource", item.ResourceName));
            if (item.ServedVersions.Length > 1)
            {
                json.WriteStartArray("servedVersions");
                foreach (string version in item.ServedVersions)
                {
                    json.WriteStringValue(version);
                }

                json.WriteEndArray();
            }

            if (!item.WasAskedFor)
            {
                json.WriteBoolean("askedFor", false);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRelations(Utf8JsonWriter json, IEnumerable<ObjectRelation> relations, int parts)
    {
        json.WriteStartArray("relations");
        foreach (ObjectRelation relation in relations)
        {
            json.WriteStartObject();
            json.WriteNumber("from", relation.From + parts);
            json.WriteNumber("to", relation.To + parts);
            json.WriteString("kind", Words.Of(relation.Kind));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMembers(this Utf8JsonWriter json, params ReadOnlySpan<(string Name, string Value)> members)
    {
        foreach ((string name, string value) in members)
        {
            if (value.Length > 0)
            {
                json.WriteString(name, value);
            }
        }
    }
}
