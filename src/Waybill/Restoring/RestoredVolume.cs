using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>A volume that was restored.</summary>
/// <param name="Item">What was asked for.</param>
/// <param name="Volume">The volume it is now.</param>
/// <param name="IsVerified">Whether it was read back and is what the bundle holds; for a tree of files that is said of names, types, links and content.</param>
public sealed record RestoredVolume(RestoreItem Item, VolumeId Volume, bool IsVerified)
{
    /// <summary>Gets, for a tree of files, what could not be restored as it was.</summary>
    public ImmutableArray<FileRestoreProblem> Problems { get; init; } = [];

    /// <summary>Gets, for a tree of files, the files that are damaged in the bundle and were left out.</summary>
    public ImmutableArray<FilePath> DamagedFiles { get; init; } = [];
}
