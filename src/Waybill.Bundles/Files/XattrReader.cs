using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Reads extended attributes: of open directories, and of other files by their place under /proc/self/fd, which reaches every type without opening it.</summary>
internal sealed class XattrReader
{
    // What the kernel allows for the list and for one value.
    private const int MaxListSize = 65_536;
    private const int MaxValueSize = 65_536;

    private readonly byte[] _names = new byte[MaxListSize];
    private readonly byte[] _value = new byte[MaxValueSize];

    /// <summary>Gets what the last call could not read, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads all attributes, ascending by name.</summary>
    /// <param name="directory">The open directory the file is in.</param>
    /// <param name="name">The file's name, or empty for the directory itself.</param>
    public ImmutableArray<FileXattr> Read(SafeFileHandle directory, ReadOnlySpan<byte> name)
    {
        Problem = null;
        Span<byte> buffer = stackalloc byte[ProcPath.MaxLength];
        ReadOnlySpan<byte> path = name.IsEmpty ? [] : ProcPath.Write(buffer, directory, name);
        nint length = name.IsEmpty ? Libc.ListXattrs(directory, _names) : Libc.ListXattrs(path, _names);
        if (length <= 0)
        {
            // A file system without attributes has none that could be missing.
            Problem = length == 0 || Errno.Last == Errno.NotSupported ? null : Describe(Errno.Last);
            return [];
        }

        var result = new List<FileXattr>();
        for (ReadOnlySpan<byte> names = _names.AsSpan(0, (int)length); !names.IsEmpty;)
        {
            int end = names.IndexOf((byte)0) + 1;
            nint size = path.IsEmpty ? Libc.GetXattr(directory, names[..end], _value) : Libc.GetXattr(path, names[..end], _value);
            Add(result, names[..end], size);
            names = names[end..];
        }

        result.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name.AsSpan()));
        return [.. result];
    }

    private void Add(List<FileXattr> result, ReadOnlySpan<byte> name, nint size)
    {
        if (size >= 0)
        {
            result.Add(new FileXattr([.. name[..^1]], [.. _value.AsSpan(0, (int)size)]));
        }
        else if (Errno.Last != Errno.NoData)
        {
            // No data: removed since it was listed.
            Problem = $"{FilePath.ToDisplayText(name[..^1])}: {Describe(Errno.Last)}";
        }
    }

    private static string Describe(int error) =>
        error == Errno.NoEntry && !Directory.Exists("/proc/self/fd") ? "/proc is not mounted" : Errno.Describe(error);
}
