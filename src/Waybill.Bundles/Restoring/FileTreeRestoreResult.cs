using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What a restore of a file tree could not bring back.</summary>
public sealed record FileTreeRestoreResult
{
    /// <summary>Gets the files that are not there because their content is damaged in the bundle, or in one that it builds on.</summary>
    public required ImmutableArray<FilePath> DamagedFiles { get; init; }

    /// <summary>Gets all that is not as it was: gaps the bundle records, damaged files, then what the target could not restore.</summary>
    public required ImmutableArray<FileRestoreProblem> Problems { get; init; }

    /// <summary>Gets whether everything that the bundle was to hold is there. Owners, times and the like may still not be as they were.</summary>
    public bool IsWhole => DamagedFiles.IsEmpty;
}
