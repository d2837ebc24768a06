using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>What a <see cref="FileSystemQuiescer"/> freezes.</summary>
public sealed record FileSystemQuiescerOptions
{
    /// <summary>Gets the name in the configuration, in bundles and in messages.</summary>
    public string Name { get; init; } = "fsfreeze";

    /// <summary>Gets where the file systems are mounted, in the order in which they are frozen. A file system with several mounts is frozen once.</summary>
    public required ImmutableArray<string> MountPoints { get; init; }
}
