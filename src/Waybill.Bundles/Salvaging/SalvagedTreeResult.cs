using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What a restore of a salvaged file tree wrote, and what it could not.</summary>
public sealed record SalvagedTreeResult
{
    /// <summary>Gets how many entries were restored.</summary>
    public required long Entries { get; init; }

    /// <summary>Gets whether all entries of the tree were there; if not, files may be missing of which not even the name is known.</summary>
    public required bool IsListingComplete { get; init; }

    /// <summary>Gets the files of which a part of the content is unknown; their restored form is partial.</summary>
    public required ImmutableArray<FilePath> PartialFiles { get; init; }

    /// <summary>Gets what is missing in detail: unknown content, lost directories, gaps of the backup, and what the target could not restore.</summary>
    public required ImmutableArray<FileRestoreProblem> Problems { get; init; }

    /// <summary>Gets whether the tree must be marked as partial.</summary>
    public bool IsPartial => !IsListingComplete || !Problems.IsEmpty;
}
