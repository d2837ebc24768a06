using System.Globalization;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Names of files in an open directory for calls that take no directory: <c>/proc/self/fd/N/name</c>.</summary>
internal static class ProcPath
{
    public const int MaxLength = 300;

    /// <summary>Writes the path with a NUL behind it.</summary>
    /// <param name="buffer">At least <see cref="MaxLength"/> bytes.</param>
    /// <param name="directory">The directory, which stays open while the path is used.</param>
    /// <param name="name">A name in it. Calls that do not follow links stop at this name.</param>
    public static ReadOnlySpan<byte> Write(Span<byte> buffer, SafeFileHandle directory, ReadOnlySpan<byte> name)
    {
        Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.DangerousGetHandle()}/", out int length);
        name.CopyTo(buffer[length..]);
        buffer[length + name.Length] = 0;
        return buffer[..(length + name.Length + 1)];
    }

    /// <summary>Writes the path of an open file itself, to be followed.</summary>
    public static ReadOnlySpan<byte> Write(Span<byte> buffer, SafeFileHandle file)
    {
        Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}\0", out int length);
        return buffer[..length];
    }
}
