namespace Waybill.Cli.Configuration;

/// <summary>A mapping whose settings are known; whatever else stands in it is refused, so that no mistake in typing is passed over.</summary>
internal sealed class ConfigurationSection
{
    private readonly SettingSection _section;
    private readonly ConfigurationValue _mapping;
    private readonly Dictionary<string, ConfigurationValue> _values;

    public ConfigurationSection(ConfigurationValue mapping, SettingSection section)
    {
        _section = section;
        _mapping = mapping;
        _values = mapping.Entries().ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal);
        foreach ((string name, ConfigurationValue value) in _values)
        {
            if (!section.Settings.Contains(name, StringComparer.Ordinal))
            {
                throw value.Refuse("is no setting", $"Known here: {string.Join(", ", section.Settings)}.");
            }
        }
    }

    /// <summary>Gets a setting; null if it is not set.</summary>
    public ConfigurationValue? Find(string name) => _section.Settings.Contains(name, StringComparer.Ordinal)
        ? _values.GetValueOrDefault(name)
        : throw new InvalidOperationException($"'{name}' is not among the settings of '{_section.Title}'.");

    /// <summary>Gets a setting that must be set.</summary>
    public ConfigurationValue Require(string name) => Find(name) ?? throw _mapping.Refuse($"needs the setting '{name}'");

    public WaybillException Refuse(string problem, string? hint = null, Exception? inner = null) => _mapping.Refuse(problem, hint, inner);
}
