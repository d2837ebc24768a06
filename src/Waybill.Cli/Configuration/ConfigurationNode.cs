namespace Waybill.Cli.Configuration;

/// <summary>A value of the configuration file and the line it stands in.</summary>
internal sealed class ConfigurationNode(ConfigurationNodeKind kind, int line, string text = "", bool isQuoted = false)
{
    public ConfigurationNodeKind Kind { get; } = kind;

    public int Line { get; } = line;

    /// <summary>Gets the text of a scalar.</summary>
    public string Text { get; } = text;

    /// <summary>Gets whether a scalar stands in quotes, so that it is a text whatever it looks like.</summary>
    public bool IsQuoted { get; } = isQuoted;

    /// <summary>Gets the entries of a mapping in their order; no key occurs twice.</summary>
    public List<(string Key, int Line, ConfigurationNode Value)> Entries { get; } = [];

    /// <summary>Gets the items of a list.</summary>
    public List<ConfigurationNode> Items { get; } = [];
}
