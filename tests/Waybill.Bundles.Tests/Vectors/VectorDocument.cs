using System.Text.Json;
using Waybill.Bundles.Tests.Support;
using Waybill.Vectors;

namespace Waybill.Bundles.Tests.Vectors;

/// <summary>A vector as it lies in the repository.</summary>
internal sealed record VectorDocument(string Path, byte[] Bundle, string Expect, string? Code, byte[][] Parents, VectorStream[] Streams)
{
    /// <summary>Gets what opens the bundle and its parents.</summary>
    public VectorKey[] Keys { get; init; } = [];

    /// <summary>Gets what the keys must open; <see cref="KeyScopes.None"/> if nothing is said of it.</summary>
    public KeyScopes Scopes { get; init; }

    /// <summary>Gets the public keys in PEM of which one must have signed; empty if no signature is demanded.</summary>
    public string[] Trust { get; init; } = [];

    /// <summary>Gets the detached statements, or <see langword="null"/> if there are none.</summary>
    public string? Detached { get; init; }

    /// <summary>Gets the options of a reader that has the keys.</summary>
    public BundleReaderOptions Options => new() { Keys = [.. Keys.Select(ToKey)] };

    /// <summary>The same with the statements beside the bundle.</summary>
    public async Task<BundleReaderOptions> ReadOptionsAsync()
    {
        BundleReaderOptions options = Options;
        options.DetachedStatements = Detached is null ? [] : await DetachedSignatures.ReadAsync(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Detached)));
        return options;
    }

    public static string Directory { get; } = FindDirectory();

    public static IEnumerable<string> Names(string folder) =>
        System.IO.Directory.EnumerateFiles(System.IO.Path.Combine(Directory, folder), "*.json")
            .Select(path => System.IO.Path.GetFileNameWithoutExtension(path)!)
            .Order(StringComparer.Ordinal);

    public static VectorDocument Load(string folder, string name)
    {
        string directory = System.IO.Path.Combine(Directory, folder);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(directory, $"{name}.json")));
        JsonElement root = document.RootElement;
        return new VectorDocument(
            $"{folder}/{name}",
            Read(directory, root.GetProperty("file")),
            ReadExpectation(root.GetProperty("expect")),
            root.TryGetProperty("code", out JsonElement code) ? code.GetString() : null,
            root.TryGetProperty("parents", out JsonElement parents) ? [.. parents.EnumerateArray().Select(file => Read(directory, file))] : [],
            root.TryGetProperty("streams", out JsonElement streams) ? [.. streams.EnumerateArray().Select(ReadStream)] : [])
        {
            Keys = root.TryGetProperty("keys", out JsonElement keys) ? [.. keys.EnumerateArray().Select(ReadKey)] : [],
            Scopes = root.TryGetProperty("scopes", out JsonElement scopes) ? (KeyScopes)scopes.GetInt32() : KeyScopes.None,
            Trust = root.TryGetProperty("trust", out JsonElement trust) ? [.. trust.EnumerateArray().Select(key => key.GetString()!)] : [],
            Detached = ReadText(System.IO.Path.Combine(directory, VectorFile.DetachedNameOf(name))),
        };
    }

    /// <summary>Makes a key of what a vector says.</summary>
    public static BundleKey ToKey(VectorKey key) => key.Type switch
    {
        "psk" => new PresharedBundleKey(Convert.FromHexString(key.Value)),
        "passphrase" => new PassphraseBundleKey(key.Value),
        _ => PrivateBundleKey.FromPem(key.Value),
    };

    /// <summary>Opens the bundle with its parents.</summary>
    public async Task<BundleChain> OpenAsync()
    {
        BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(Bundle, Path), TrustPolicy.AcceptUnsigned, Options);
        return await BundleChain.OpenAsync(reader, new MemoryLocator(Parents));
    }

    // The first of several is what the library reports.
    private static string ReadExpectation(JsonElement expect) => expect.ValueKind == JsonValueKind.Array ? expect[0].GetString()! : expect.GetString()!;

    private static byte[] Read(string directory, JsonElement file) => VectorFile.Read(System.IO.Path.Combine(directory, file.GetString()!));

    private static VectorStream ReadStream(JsonElement stream) => new(
        stream.GetProperty("kind").GetString()!,
        stream.GetProperty("name").GetString()!,
        stream.GetProperty("virtual_length").GetInt64(),
        stream.GetProperty("root").GetString()!,
        stream.TryGetProperty("sha256", out JsonElement digest) ? digest.GetString() : null);

    private static VectorKey ReadKey(JsonElement key) => new(key.GetProperty("type").GetString()!, key.GetProperty("value").GetString()!);

    private static string? ReadText(string path) => File.Exists(path) ? File.ReadAllText(path) : null;

    private static string FindDirectory()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(up.FullName, "Sdk.sln")))
            {
                return System.IO.Path.Combine(up.FullName, "tests", "vectors");
            }
        }

        throw new DirectoryNotFoundException("The tests do not run inside the repository.");
    }
}
