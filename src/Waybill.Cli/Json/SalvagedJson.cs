namespace Waybill.Cli.Json;

/// <summary>Something that was recovered.</summary>
/// <param name="Kind"><c>volume</c>, <c>files</c>, <c>bytes</c>, <c>resources</c> or <c>stream</c>, whose kind is lost.</param>
/// <param name="Name">Its name in the bundle.</param>
/// <param name="Path">Where it was written.</param>
/// <param name="Whole">Whether all of it is there.</param>
/// <param name="Proved">Whether a root of the bundle proves all that was written; null for entries.</param>
/// <param name="Bytes">How many bytes are as they were backed up; null for entries.</param>
/// <param name="Entries">How many entries or objects were written; null for volumes and bytes.</param>
/// <param name="MissingRanges">How many ranges are unknown; <paramref name="MissingFile"/> lists them.</param>
/// <param name="MissingFile">The file with the ranges, or for a tree with the partial files; null if there are none.</param>
/// <param name="PartialFiles">The files of a tree of which a part is unknown.</param>
/// <param name="Problems">What else of a file tree is not as it was.</param>
internal sealed record SalvagedJson(
    string Kind,
    string Name,
    string Path,
    bool Whole,
    bool? Proved,
    long? Bytes,
    long? Entries,
    long MissingRanges,
    string? MissingFile,
    string[] PartialFiles,
    RestoreProblemJson[] Problems);
