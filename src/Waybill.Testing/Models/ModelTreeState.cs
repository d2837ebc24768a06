using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A <see cref="ModelTree"/> at one moment. It never changes.</summary>
public sealed class ModelTreeState
{
    private readonly ImmutableSortedDictionary<FilePath, ModelFile> _files;

    private ModelTreeState(ImmutableSortedDictionary<FilePath, ModelFile> files) => _files = files;

    /// <summary>Gets the tree that holds its root and nothing else.</summary>
    internal static ModelTreeState Empty { get; } = new(ImmutableSortedDictionary<FilePath, ModelFile>.Empty.Add(
        FilePath.Root,
        new ModelFile(DirectoryAt(FilePath.Root), [])));

    /// <summary>Gets the entries in the order of their paths, the root first.</summary>
    public IEnumerable<FileTreeEntry> Entries => _files.Values.Select(file => file.Entry);

    /// <summary>Gets whether there is anything but the root.</summary>
    public bool IsEmpty => _files.Count == 1;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <returns>What it holds; <see langword="null"/> if there is no such file.</returns>
    public ReadOnlyMemory<byte>? Read(FilePath path) =>
        _files.TryGetValue(path, out ModelFile? file) && file.Entry.Type == FileType.Regular ? file.Content.AsMemory() : null;

    /// <summary>Compares two states.</summary>
    /// <param name="from">The earlier one.</param>
    /// <returns>What changed since, in the order of paths.</returns>
    public IEnumerable<ChangedFile> GetChanges(ModelTreeState from)
    {
        ArgumentNullException.ThrowIfNull(from);
        foreach (FilePath path in _files.Keys.Union(from._files.Keys).Order())
        {
            bool before = from._files.TryGetValue(path, out ModelFile? old);
            bool after = _files.TryGetValue(path, out ModelFile? now);
            if (before != after)
            {
                yield return new ChangedFile(path, after ? ChangedFileKind.Added : ChangedFileKind.Removed);
            }
            else if (old!.Entry != now!.Entry || !old.Content.AsSpan().SequenceEqual(now.Content.AsSpan()))
            {
                yield return new ChangedFile(path, ChangedFileKind.Changed);
            }
        }
    }

    internal ModelTreeState With(FileTreeEntry entry, ImmutableArray<byte> content)
    {
        ImmutableSortedDictionary<FilePath, ModelFile> files = _files.SetItem(entry.Path, new ModelFile(entry, content));
        for (FilePath parent = entry.Path.Parent; !files.ContainsKey(parent); parent = parent.Parent)
        {
            files = files.Add(parent, new ModelFile(DirectoryAt(parent), []));
        }

        return new ModelTreeState(files);
    }

    internal ModelTreeState Without(FilePath path) =>
        new(_files.RemoveRange(_files.Keys.Where(key => !key.IsRoot && (key == path || key.IsBelow(path)))));

    private static FileTreeEntry DirectoryAt(FilePath path) => new() { Path = path, Type = FileType.Directory, Mode = 0b111_101_101 };

    private sealed record ModelFile(FileTreeEntry Entry, ImmutableArray<byte> Content);
}
