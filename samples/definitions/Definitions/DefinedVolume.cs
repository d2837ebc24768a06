using System.Collections.Immutable;

namespace Waybill.Samples.Definitions;

/// <summary>A volume as the definition has it.</summary>
/// <param name="Name">The name of its stream, the same in every point: the name in the definition, or one made of <paramref name="Source"/>.</param>
/// <param name="Kind">By what the definition names it.</param>
/// <param name="Source">The name itself, by which it is looked up in the table.</param>
public sealed record DefinedVolume(string Name, DefinedVolumeKind Kind, string Source)
{
    /// <summary>Gets where it is used; none if it is only declared.</summary>
    public ImmutableArray<VolumeUse> Uses { get; init; } = [];

    /// <summary>Gets what the definition says of it, each as <c>name=value</c>, without secrets.</summary>
    public ImmutableArray<string> Facts { get; init; } = [];

    /// <summary>Gets the volume it is on a platform; <see langword="null"/> if the table has none: then there is a gap.</summary>
    public PlatformVolume? Platform { get; init; }
}
