namespace Waybill.Local;

/// <summary>Says under which name a file with several names was met first, in each of two trees.</summary>
internal sealed class LinkNames
{
    private readonly Dictionary<ulong, FilePath> _left = [];
    private readonly Dictionary<ulong, FilePath> _right = [];

    public FilePath AddLeft(FileTreeEntry entry) => Add(_left, entry);

    public FilePath AddRight(FileTreeEntry entry) => Add(_right, entry);

    private static FilePath Add(Dictionary<ulong, FilePath> names, FileTreeEntry entry) =>
        entry.LinkGroup == 0 ? entry.Path
        : names.TryGetValue(entry.LinkGroup, out FilePath first) ? first
        : names[entry.LinkGroup] = entry.Path;
}
