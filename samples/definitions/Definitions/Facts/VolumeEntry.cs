namespace Waybill.Samples.Definitions.Facts;

/// <summary>A volume while it is being found out about.</summary>
internal sealed class VolumeEntry(string name, DefinedVolumeKind kind, string source, string reference)
{
    public string Name { get; } = name;

    public DefinedVolumeKind Kind { get; } = kind;

    public string Source { get; } = source;

    public string Reference { get; } = reference;

    public List<VolumeUse> Uses { get; } = [];

    public OrderedDictionary<string, int> Facts { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets or sets why it is a gap if the table does not have it; empty for what is true of its kind.</summary>
    public string Reason { get; set; } = "";

    public void AddFact(string name, string value)
    {
        if (value.Length > 0)
        {
            Facts.TryAdd($"{name}={value}", 0);
        }
    }
}
