namespace Waybill.Samples.Definitions.Facts;

/// <summary>What a Docker volume's driver was told: of which kind it is and where its data is.</summary>
internal sealed class DriverOptions
{
    private readonly List<(string Name, string Value)> _shown = [];
    private readonly List<string> _hidden = [];
    private readonly string _type = "";
    private readonly string _device = "";

    public DriverOptions(IEnumerable<KeyValuePair<string, string>> options)
    {
        foreach ((string name, string value) in options)
        {
            _type = name == "type" ? value : _type;
            _device = name == "device" ? value : _device;
            if (SecretRules.IsSecret(name, value, interpolated: false) || SecretRules.HoldsSecret(value, interpolated: false))
            {
                _hidden.Add(name);
            }
            else
            {
                _shown.Add((name, value));
            }
        }
    }

    /// <summary>Gets whether it is memory.</summary>
    public bool IsMemory => _type is "tmpfs" or "ramfs";

    /// <summary>Gets whether its data is somewhere else than in Docker's own directory, and outlives the volume.</summary>
    public bool HasDevice => _device.Length > 0 && !IsMemory;

    /// <summary>Adds what can be shown to a volume.</summary>
    public void Describe(VolumeEntry entry, TagList tags)
    {
        foreach ((string name, string value) in _shown)
        {
            entry.AddFact($"option.{name}", value);
        }

        foreach (string name in _hidden)
        {
            tags.AddGap(DefinitionGapKind.NotShown, entry.Reference, $"The driver's option '{Documents.Shown.Cut(name)}' has something that looks like a secret.");
        }
    }
}
