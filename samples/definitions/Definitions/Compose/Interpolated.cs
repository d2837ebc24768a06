namespace Waybill.Samples.Definitions.Compose;

/// <summary>A text whose variables were replaced.</summary>
internal sealed class Interpolated
{
    public string Text { get; set; } = "";

    /// <summary>Gets the variables whose values were asked for.</summary>
    public SortedSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets those that had none, and nothing to take in their place.</summary>
    public SortedSet<string> Missing { get; } = new(StringComparer.Ordinal);
}
