using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>The names in one directory in the order of a tree, with what the directory itself says about their type.</summary>
internal sealed class DirectoryNames
{
    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private readonly byte[] _names;
    private readonly Item[] _items;

    private DirectoryNames(byte[] names, Item[] items, string? problem)
    {
        _names = names;
        _items = items;
        Problem = problem;
    }

    /// <summary>Gets the number of names.</summary>
    public int Count => _items.Length;

    /// <summary>Gets why names are missing, or null if none are.</summary>
    public string? Problem { get; }

    /// <summary>Reads a directory from its beginning.</summary>
    /// <param name="directory">The open directory.</param>
    /// <param name="path">Its path in the tree, which limits how long names may be.</param>
    /// <param name="buffer">Some memory to work in.</param>
    public static DirectoryNames Read(SafeFileHandle directory, FilePath path, byte[] buffer)
    {
        var names = new byte[256];
        int used = 0;
        var items = new List<Item>();
        string? problem = null;
        if (Libc.Seek(directory, 0, 0) < 0)
        {
            return new DirectoryNames([], [], Errno.Describe(Errno.Last));
        }

        nint count;
        while ((count = Libc.ReadDirectory(directory, buffer)) > 0)
        {
            for (ReadOnlySpan<byte> records = buffer.AsSpan(0, (int)count); !records.IsEmpty;)
            {
                int length = BinaryPrimitives.ReadUInt16LittleEndian(records[LengthOffset..]);
                ReadOnlySpan<byte> name = records[NameOffset..length];
                name = name[..name.IndexOf((byte)0)];
                byte type = records[TypeOffset];
                records = records[length..];
                if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                {
                    continue;
                }

                string? nameProblem = FilePath.FindNameProblem(name) ?? (path.CanAppend(name.Length) ? null : "the path is longer than the format allows");
                if (nameProblem is not null)
                {
                    problem = $"'{FilePath.ToDisplayText(name)}' was left out: {nameProblem}";
                    continue;
                }

                if (used + name.Length > names.Length)
                {
                    Array.Resize(ref names, Math.Max(names.Length * 2, used + name.Length));
                }

                name.CopyTo(names.AsSpan(used));
                items.Add(new Item(used, (byte)name.Length, type));
                used += name.Length;
            }
        }

        if (count < 0)
        {
            problem = Errno.Describe(Errno.Last);
        }

        return new DirectoryNames(names, Sort(items, names), problem);
    }

    public ReadOnlySpan<byte> GetName(int index) => Slice(_names, _items[index]);

    /// <summary>Gets the type the directory states for a name, or null: not every file system says.</summary>
    public FileType? GetType(int index) => DirectoryWalker.ToFileType((FileKind)(_items[index].Type << 12));

    private static ReadOnlySpan<byte> Slice(byte[] names, Item item) => names.AsSpan(item.Start, item.Length);

    private static Item[] Sort(List<Item> items, byte[] names)
    {
        items.Sort((a, b) => Slice(names, a).SequenceCompareTo(Slice(names, b)));

        // A directory that changes while it is read can show a name twice.
        int kept = 0;
        for (int i = 0; i < items.Count; i++)
        {
            if (kept == 0 || !Slice(names, items[kept - 1]).SequenceEqual(Slice(names, items[i])))
            {
                items[kept++] = items[i];
            }
        }

        return [.. items[..kept]];
    }

    private readonly record struct Item(int Start, byte Length, byte Type);
}
