namespace Waybill.Samples.Definitions;

/// <summary>Where a volume is seen in an application.</summary>
/// <param name="Container">The service or container.</param>
/// <param name="Path">The path in it.</param>
/// <param name="IsReadOnly">Whether it can only be read there.</param>
public sealed record VolumeUse(string Container, string Path, bool IsReadOnly)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Container}:{Path}{(IsReadOnly ? ":ro" : "")}";
}
