using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>A volume to restore.</summary>
/// <param name="Volume">The name of its stream in the bundle.</param>
/// <param name="Target">Where it goes.</param>
public sealed record RestoreItem(string Volume, RestoreTarget Target)
{
    /// <summary>Gets, for a tree of files, what of it is restored; empty for all.</summary>
    public ImmutableArray<FilePath> Only { get; init; } = [];
}
