using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Waybill;

/// <summary>A path inside a file tree: bytes in no particular encoding, relative to the root of the tree.</summary>
/// <remarks>
/// A value is always valid by specification R-07: components of 1 to 255 bytes joined by single slashes, none of them <c>.</c> or <c>..</c>,
/// no NUL, at most 65 535 bytes. The default value is the root, the empty path. Paths order component by component, so that a directory
/// comes directly before what is in it.
/// </remarks>
public readonly struct FilePath : IEquatable<FilePath>, IComparable<FilePath>
{
    /// <summary>The largest number of bytes of a path.</summary>
    public const int MaxLength = 65_535;

    /// <summary>The largest number of bytes of one component.</summary>
    public const int MaxNameLength = 255;

    private const byte Separator = (byte)'/';

    private readonly byte[]? _bytes;

    private FilePath(byte[] bytes) => _bytes = bytes;

    /// <summary>Gets the root of a tree, the empty path.</summary>
    public static FilePath Root => default;

    /// <summary>Gets the bytes of the path.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Gets whether this is the root of the tree.</summary>
    public bool IsRoot => _bytes is null;

    /// <summary>Gets the last component; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf(Separator) + 1)..];

    /// <summary>Gets the directory the path is in; the root is in itself.</summary>
    public FilePath Parent => Bytes.LastIndexOf(Separator) is > 0 and int end ? new FilePath(Bytes[..end].ToArray()) : Root;

    internal ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>Makes a path of bytes.</summary>
    /// <param name="bytes">The components joined by slashes; empty for the root.</param>
    /// <returns>The path.</returns>
    /// <exception cref="ArgumentException">The bytes are not a path by specification R-07.</exception>
    public static FilePath FromBytes(ReadOnlySpan<byte> bytes) =>
        FindProblem(bytes) is { } problem
            ? throw new ArgumentException($"'{ToDisplayText(bytes)}' is not a path inside a tree: {problem}.", nameof(bytes))
            : bytes.IsEmpty ? Root : new FilePath(bytes.ToArray());

    /// <summary>Makes a path of text, encoded as UTF-8.</summary>
    /// <param name="text">The components joined by slashes; empty for the root.</param>
    /// <returns>The path.</returns>
    /// <exception cref="ArgumentException">The text is not a path by specification R-07.</exception>
    public static FilePath FromText(string text) => FromBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Makes a path of bytes that may not be one.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="path">The path, or the root.</param>
    /// <returns>Whether the bytes were a path.</returns>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out FilePath path)
    {
        bool valid = FindProblem(bytes) is null;
        path = valid && !bytes.IsEmpty ? new FilePath(bytes.ToArray()) : Root;
        return valid;
    }

    /// <summary>Makes the path of something in this directory.</summary>
    /// <param name="name">One component.</param>
    /// <returns>The longer path.</returns>
    /// <exception cref="ArgumentException">The name is not a component, or the path would be too long.</exception>
    public FilePath Append(ReadOnlySpan<byte> name)
    {
        if (FindNameProblem(name) is { } problem)
        {
            throw new ArgumentException($"'{ToDisplayText(name)}' is not a name: {problem}.", nameof(name));
        }

        if (!CanAppend(name.Length))
        {
            throw new ArgumentException($"The path would have more than {MaxLength} bytes.", nameof(name));
        }

        if (_bytes is null)
        {
            return new FilePath(name.ToArray());
        }

        var bytes = new byte[_bytes.Length + 1 + name.Length];
        _bytes.CopyTo(bytes, 0);
        bytes[_bytes.Length] = Separator;
        name.CopyTo(bytes.AsSpan(_bytes.Length + 1));
        return new FilePath(bytes);
    }

    /// <summary>Tells whether the path lies below a directory, at any depth.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>True if it does; a path does not lie below itself.</returns>
    public bool IsBelow(FilePath directory) =>
        directory.IsRoot
            ? !IsRoot
            : Bytes.Length > directory.Bytes.Length && Bytes[directory.Bytes.Length] == Separator && Bytes.StartsWith(directory.Bytes);

    /// <summary>Orders paths by their bytes, with the slash below every other byte, specification R-05.</summary>
    /// <param name="other">The path to compare with.</param>
    /// <returns>Below zero, zero or above zero, as usual.</returns>
    public int CompareTo(FilePath other)
    {
        ReadOnlySpan<byte> left = Bytes;
        ReadOnlySpan<byte> right = other.Bytes;
        int common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        // NUL does not occur, so that 0 stands for the slash.
        int a = left[common] == Separator ? 0 : left[common];
        int b = right[common] == Separator ? 0 : right[common];
        return a.CompareTo(b);
    }

    /// <inheritdoc/>
    public bool Equals(FilePath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FilePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Gets the path for people to read, fit for a terminal; different paths have different texts.</summary>
    /// <returns>
    /// The path as UTF-8; bytes that are not UTF-8 and characters that do not show or change how others show become <c>\xNN</c> for each byte,
    /// a backslash becomes two. The root is <c>.</c>.
    /// </returns>
    public override string ToString() => IsRoot ? "." : ToDisplayText(Bytes);

    /// <summary>Compares two paths.</summary>
    public static bool operator ==(FilePath left, FilePath right) => left.Equals(right);

    /// <summary>Compares two paths.</summary>
    public static bool operator !=(FilePath left, FilePath right) => !left.Equals(right);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(FilePath left, FilePath right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(FilePath left, FilePath right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(FilePath left, FilePath right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(FilePath left, FilePath right) => left.CompareTo(right) >= 0;

    /// <summary>Makes bytes that should be text readable without giving them power over a terminal.</summary>
    internal static string ToDisplayText(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            if (rune.Value == '\\')
            {
                text.Append(@"\\");
            }
            else if (status == OperationStatus.Done && IsPlain(rune))
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte b in bytes[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{b:X2}");
                }
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Says why bytes are not a path by specification R-07.</summary>
    internal static string? FindProblem(ReadOnlySpan<byte> path)
    {
        if (path.Length > MaxLength)
        {
            return $"it has more than {MaxLength} bytes";
        }

        while (!path.IsEmpty)
        {
            int end = path.IndexOf(Separator);
            ReadOnlySpan<byte> name = end < 0 ? path : path[..end];
            if (FindNameProblem(name) is { } problem)
            {
                return problem;
            }

            if (end == path.Length - 1)
            {
                return "it ends in a slash";
            }

            path = end < 0 ? [] : path[(end + 1)..];
        }

        return null;
    }

    /// <summary>Tells whether a name of this length fits behind this path.</summary>
    internal bool CanAppend(int nameLength) => (IsRoot ? 0 : _bytes!.Length + 1) + nameLength <= MaxLength;

    /// <summary>Says why bytes are not one component.</summary>
    internal static string? FindNameProblem(ReadOnlySpan<byte> name) =>
        name.IsEmpty ? "a component is empty"
        : name.Length > MaxNameLength ? $"a component has more than {MaxNameLength} bytes"
        : name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? "a component is . or .."
        : name.Contains((byte)0) ? "it holds a NUL byte"
        : name.Contains(Separator) ? "a component holds a slash"
        : null;

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.PrivateUse);
}
