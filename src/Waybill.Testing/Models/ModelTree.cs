using System.Collections.Immutable;

namespace Waybill.Testing;

/// <summary>A tree of files in memory. Its states never change, so that a snapshot is a state that somebody kept.</summary>
public sealed class ModelTree
{
    private readonly Lock _gate = new();
    private ModelTreeState _current = ModelTreeState.Empty;

    /// <summary>Gets the tree as it is now.</summary>
    public ModelTreeState Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Writes a regular file, and makes the directories above it that are missing.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">What it holds.</param>
    public void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        FilePath file = FilePath.FromText(path);
        Set(new FileTreeEntry { Path = file, Type = FileType.Regular, Mode = 0b110_100_100, Size = content.Length }, [.. content]);
    }

    /// <summary>Puts an entry there, or in the place of one, and makes the directories above it that are missing.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="content">What it holds if it is a regular file.</param>
    public void Set(FileTreeEntry entry, ImmutableArray<byte> content)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_gate)
        {
            _current = _current.With(entry, content);
        }
    }

    /// <summary>Removes an entry and everything below it.</summary>
    /// <param name="path">Where.</param>
    public void Remove(string path)
    {
        FilePath removed = FilePath.FromText(path);
        lock (_gate)
        {
            _current = _current.Without(removed);
        }
    }

    internal void Replace(ModelTreeState state)
    {
        lock (_gate)
        {
            _current = state;
        }
    }
}
