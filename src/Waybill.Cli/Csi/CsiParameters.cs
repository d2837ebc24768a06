using System.Collections.Immutable;
using Waybill.Cli.Configuration;

namespace Waybill.Cli.Csi;

/// <summary>The parameters that go with the calls of a driver, as a file gives them.</summary>
/// <param name="Volume">For volumes.</param>
/// <param name="Snapshot">For snapshots.</param>
/// <param name="GroupSnapshot">For group snapshots.</param>
/// <param name="Mutable">What can be changed while a volume exists.</param>
internal sealed record CsiParameters(
    ImmutableSortedDictionary<string, string> Volume,
    ImmutableSortedDictionary<string, string> Snapshot,
    ImmutableSortedDictionary<string, string> GroupSnapshot,
    ImmutableSortedDictionary<string, string> Mutable)
{
    private const int MaxLength = 1 << 20;
    private const string Hint = "A file of parameters has names and values for volumes, or the sections volume, snapshot, group-snapshot and mutable with names and values.";

    private static readonly string[] s_sections = ["volume", "snapshot", "group-snapshot", "mutable"];

    /// <summary>Reads a file of parameters.</summary>
    public static async Task<CsiParameters> ReadAsync(string file, CancellationToken cancellationToken)
    {
        ConfigurationNode root = await ParseAsync(file, cancellationToken).ConfigureAwait(false);
        bool hasSections = root.Entries.Any(entry => entry.Value.Kind == ConfigurationNodeKind.Mapping);
        if (!hasSections)
        {
            ImmutableSortedDictionary<string, string> none = ImmutableSortedDictionary<string, string>.Empty;
            return new CsiParameters(Texts(file, root), none, none, none);
        }

        foreach ((string key, int line, ConfigurationNode value) in root.Entries)
        {
            if (!s_sections.Contains(key) || value.Kind != ConfigurationNodeKind.Mapping)
            {
                throw ConfigurationError.At(file, line, $"'{key}' is no section", Hint);
            }
        }

        return new CsiParameters(Section("volume"), Section("snapshot"), Section("group-snapshot"), Section("mutable"));

        ImmutableSortedDictionary<string, string> Section(string name) =>
            Texts(file, root.Entries.FirstOrDefault(entry => entry.Key == name).Value ?? new ConfigurationNode(ConfigurationNodeKind.Mapping, 1));
    }

    /// <summary>Reads a file of secrets: names and values, which go with every call that takes secrets.</summary>
    public static async Task<ImmutableSortedDictionary<string, string>> ReadSecretsAsync(string file, CancellationToken cancellationToken) =>
        Texts(file, await ParseAsync(file, cancellationToken).ConfigureAwait(false));

    private static async Task<ConfigurationNode> ParseAsync(string file, CancellationToken cancellationToken)
    {
        byte[] content;
        try
        {
            content = new FileInfo(file).Length <= MaxLength
                ? await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false)
                : throw ConfigurationError.At(file, 1, "The file is larger than 1 MiB");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The file cannot be read: {error.Message}", error) { ObjectName = file };
        }

        ConfigurationNode root = ConfigurationParser.Parse(file, content);
        return root.Kind == ConfigurationNodeKind.Mapping ? root : throw ConfigurationError.At(file, root.Line, "The file has no names and values", Hint);
    }

    private static ImmutableSortedDictionary<string, string> Texts(string file, ConfigurationNode mapping) => mapping.Entries.ToImmutableSortedDictionary(
        entry => entry.Key,
        // Not the value: it may be a secret.
        entry => entry.Value.Kind == ConfigurationNodeKind.Scalar ? entry.Value.Text : throw ConfigurationError.At(file, entry.Line, $"'{entry.Key}' must be a text", Hint),
        StringComparer.Ordinal);
}
