using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Waybill.Kubernetes;

/// <summary>What Helm wrote down of a release: a Secret with JSON that is compressed and encoded in base64, twice.</summary>
/// <param name="SecretName">The Secret it was read from.</param>
/// <param name="Version">The revision of the release.</param>
/// <param name="Chart">The chart and its version, such as <c>shop-1.4.0</c>.</param>
/// <param name="Objects">What the release installed.</param>
internal sealed record HelmRecord(string SecretName, int Version, string Chart, ImmutableArray<HelmObject> Objects)
{
    /// <summary>The largest record that is unpacked. A Secret has at most 1 MiB.</summary>
    private const int MaxBytes = 64 << 20;

    /// <summary>Reads the record of the revision that is deployed, or else the newest, from a list of Secrets.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>.</exception>
    public static HelmRecord? FindNewest(ReadOnlyMemory<byte> list)
    {
        using JsonDocument document = JsonDocument.Parse(list);
        JsonElement newest = document.RootElement.Items("items")
            .OrderByDescending(secret => secret.Member("metadata", "labels").Text("status") == "deployed")
            .ThenByDescending(VersionOf)
            .FirstOrDefault();
        return newest.ValueKind == JsonValueKind.Object ? Read(newest) : null;
    }

    private static HelmRecord Read(JsonElement secret)
    {
        string name = secret.Member("metadata").Text("name");
        try
        {
            byte[] encoded = Convert.FromBase64String(secret.Member("data").Text("release"));
            using JsonDocument release = JsonDocument.Parse(Unpack(encoded));
            JsonElement chart = release.RootElement.Member("chart", "metadata");
            IEnumerable<string> manifests = release.RootElement.Items("hooks").Select(hook => hook.Text("manifest")).Prepend(release.RootElement.Text("manifest"));
            return new HelmRecord(name, VersionOf(secret), $"{chart.Text("name")}-{chart.Text("version")}", [.. manifests.SelectMany(ReadManifest)]);
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidDataException or YamlException)
        {
            throw new WaybillException(WaybillErrorCode.ResourceInvalid, $"The record of the Helm release cannot be read: {error.Message}", error)
            {
                ObjectName = name, Hint = "Protect the namespace instead.",
            };
        }
    }

    private static ReadOnlyMemory<byte> Unpack(byte[] encoded)
    {
        byte[] packed = Base64.IsValid(encoded) ? Convert.FromBase64String(Encoding.ASCII.GetString(encoded)) : encoded;
        if (packed is not [0x1f, 0x8b, ..])
        {
            return packed; // written before Helm compressed them
        }

        using var unzip = new GZipStream(new MemoryStream(packed, writable: false), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var buffer = new byte[81920];
        for (int read; (read = unzip.Read(buffer)) > 0;)
        {
            plain.Write(buffer, 0, read);
            if (plain.Length > MaxBytes)
            {
                throw new InvalidDataException("it unpacks to more than 64 MiB");
            }
        }

        return plain.GetBuffer().AsMemory(0, (int)plain.Length);
    }

    private static IEnumerable<HelmObject> ReadManifest(string manifest)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(manifest));
        foreach (YamlDocument document in yaml.Documents)
        {
            if (document.RootNode is YamlMappingNode root && Text(root, "kind") is { Length: > 0 } kind && Find(root, "metadata") is YamlMappingNode metadata)
            {
                yield return new HelmObject(Text(root, "apiVersion"), kind, Text(metadata, "namespace"), Text(metadata, "name"));
            }
        }
    }

    private static YamlNode? Find(YamlMappingNode node, string name) => node.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? value) ? value : null;

    private static string Text(YamlMappingNode node, string name) => Find(node, name) is YamlScalarNode { Value: { } text } ? text : "";

    private static int VersionOf(JsonElement secret) =>
        int.TryParse(secret.Member("metadata", "labels").Text("version"), NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : 0;
}

/// <summary>An object that a release installed, as its manifest names it.</summary>
internal sealed record HelmObject(string ApiVersion, string Kind, string Namespace, string Name);
