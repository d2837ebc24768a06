namespace Waybill.Cli.Configuration;

/// <summary>A mapping of the configuration file and the settings it may have; docs/guide/configuration.md has a section for each.</summary>
/// <param name="Title">The title of the section.</param>
/// <param name="Settings">The names of the settings.</param>
internal sealed record SettingSection(string Title, params string[] Settings)
{
    public static SettingSection File { get; } =
        new("The file", "store", "state", "codec", "providers", "quiescers", "applications", "encryption", "keys", "trust");

    public static SettingSection Provider { get; } = new("providers.NAME", "type", "pool", "volumes");

    public static SettingSection FreezeQuiescer { get; } = new("quiescers.NAME of type freeze", "type", "mounts");

    public static SettingSection CommandQuiescer { get; } =
        new("quiescers.NAME of type command", "type", "before", "after", "timeout", "directory", "environment", "level");

    public static SettingSection PostgresQuiescer { get; } = new(
        "quiescers.NAME of type postgres", "type", "mode", "fileSystems", "labels", "waitForArchive", "host", "port", "database", "user", "passwordFile", "psql", "environment");

    public static SettingSection CompositeQuiescer { get; } = new("quiescers.NAME of type all-of", "type", "members", "arrangement");

    public static SettingSection Application { get; } = new(
        "applications.NAME", "id", "cluster", "namespace", "volumes", "resources", "tags", "publicTags", "quiescer", "policy");

    public static SettingSection Volume { get; } = new("applications.NAME.volumes.NAME", "provider", "volume", "changes", "claim", "storageClass");

    public static SettingSection Policy { get; } = new(
        "applications.NAME.policy", "consistency", "writeOrder", "quiesceOptional", "quiesceDeadline", "selfCheck", "compareEvery", "verify", "parallel", "retryLimit");

    public static SettingSection Encryption { get; } = new(
        "encryption", "recipients", "dataRecipients", "metadataRecipients", "presharedKeys", "passphraseFile", "publicTags");

    public static SettingSection Keys { get; } = new("keys", "read", "presharedKeys", "sign", "timestampAuthority", "passphraseFile");

    public static SettingSection Trust { get; } = new("trust", "keys", "roots", "timestampRoots", "threshold");

    /// <summary>Gets all sections.</summary>
    public static IReadOnlyList<SettingSection> All { get; } =
    [
        File, Provider, FreezeQuiescer, CommandQuiescer, PostgresQuiescer, CompositeQuiescer, Application, Volume, Policy, Encryption, Keys, Trust,
    ];
}
