using System.Globalization;

namespace Waybill.Catalog.Storage;

/// <summary>
/// Some files of one tree that are next to each other, which the full-text index knows as one text. Their paths have most fragments in common: the index has a tenth of the entries it
/// would have for every file, and whatever is searched for, fewer of them to compare.
/// </summary>
internal static class FileBlock
{
    /// <summary>How many files a block has at most.</summary>
    public const int Size = 64;

    /// <summary>Makes blocks of files.</summary>
    /// <param name="files">The files: their numbers in the catalog, and paths.</param>
    /// <returns>For each block what is stored of it: the numbers, and a line for each folded path.</returns>
    public static IEnumerable<(string Files, string Folded)> Of(IEnumerable<(long Id, string Path)> files) => files
        .OrderBy(file => file.Path, StringComparer.Ordinal)
        .Chunk(Size)
        .Select(block => (string.Join(' ', block.Select(file => file.Id.ToString(CultureInfo.InvariantCulture))), string.Join('\n', block.Select(file => CatalogText.Fold(file.Path)))));

    /// <summary>Finds the files of a block whose folded path has a fragment.</summary>
    public static IEnumerable<long> Find(string files, string folded, string fragment) => files
        .Split(' ')
        .Zip(folded.Split('\n'))
        .Where(file => file.Second.Contains(fragment, StringComparison.Ordinal))
        .Select(file => long.Parse(file.First, CultureInfo.InvariantCulture));
}
