using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Calls on extended attributes, of an open file or by the place of a file in /proc/self/fd.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Lists names, each ending in NUL.</summary>
    /// <returns>The number of bytes, or -1.</returns>
    public static nint ListXattrs(ReadOnlySpan<byte> path, Span<byte> names)
    {
        fixed (byte* p = path, buffer = names)
        {
            return ListXattrs(p, buffer, (nuint)names.Length);
        }
    }

    /// <inheritdoc cref="ListXattrs(ReadOnlySpan{byte}, Span{byte})"/>
    public static nint ListXattrs(SafeFileHandle file, Span<byte> names)
    {
        fixed (byte* buffer = names)
        {
            return ListXattrs(file, buffer, (nuint)names.Length);
        }
    }

    /// <summary>Reads a value; a name ends in NUL.</summary>
    /// <returns>The number of bytes, or -1.</returns>
    public static nint GetXattr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value)
    {
        fixed (byte* p = path, n = name, buffer = value)
        {
            return GetXattr(p, n, buffer, (nuint)value.Length);
        }
    }

    /// <inheritdoc cref="GetXattr(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte})"/>
    public static nint GetXattr(SafeFileHandle file, ReadOnlySpan<byte> name, Span<byte> value)
    {
        fixed (byte* n = name, buffer = value)
        {
            return GetXattr(file, n, buffer, (nuint)value.Length);
        }
    }

    /// <summary>Sets a value; path and name end in NUL.</summary>
    public static int SetXattr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* p = path, n = name, buffer = value)
        {
            return SetXattr(p, n, buffer, (nuint)value.Length, 0);
        }
    }

    /// <inheritdoc cref="SetXattr(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public static int SetXattr(SafeFileHandle file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        fixed (byte* n = name, buffer = value)
        {
            return SetXattr(file, n, buffer, (nuint)value.Length, 0);
        }
    }

    public static int RemoveXattr(SafeFileHandle file, ReadOnlySpan<byte> name)
    {
        fixed (byte* n = name)
        {
            return RemoveXattr(file, n);
        }
    }

    /// <summary>Sets the mode of what a path leads to; the path ends in NUL.</summary>
    public static int ChangeMode(ReadOnlySpan<byte> path, uint mode)
    {
        fixed (byte* p = path)
        {
            return ChangeMode(p, mode);
        }
    }

    [LibraryImport(Library, EntryPoint = "llistxattr", SetLastError = true)]
    private static partial nint ListXattrs(byte* path, byte* names, nuint size);

    [LibraryImport(Library, EntryPoint = "lgetxattr", SetLastError = true)]
    private static partial nint GetXattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Library, EntryPoint = "lsetxattr", SetLastError = true)]
    private static partial int SetXattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Library, EntryPoint = "flistxattr", SetLastError = true)]
    private static partial nint ListXattrs(SafeFileHandle file, byte* names, nuint size);

    [LibraryImport(Library, EntryPoint = "fgetxattr", SetLastError = true)]
    private static partial nint GetXattr(SafeFileHandle file, byte* name, byte* value, nuint size);

    [LibraryImport(Library, EntryPoint = "fsetxattr", SetLastError = true)]
    private static partial int SetXattr(SafeFileHandle file, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Library, EntryPoint = "fremovexattr", SetLastError = true)]
    private static partial int RemoveXattr(SafeFileHandle file, byte* name);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true)]
    private static partial int ChangeMode(byte* path, uint mode);
}
