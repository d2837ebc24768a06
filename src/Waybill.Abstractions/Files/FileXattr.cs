using System.Collections.Immutable;

namespace Waybill;

/// <summary>An extended attribute with its full name (<c>user.comment</c>) and raw value; POSIX ACLs are attributes too.</summary>
public sealed class FileXattr : IEquatable<FileXattr>
{
    /// <summary>The largest number of bytes of a name.</summary>
    public const int MaxNameLength = 255;

    /// <summary>The largest number of bytes of a value.</summary>
    public const int MaxValueLength = 16 * 1024 * 1024;

    /// <summary>Makes an attribute.</summary>
    /// <param name="name">The name with its prefix, without NUL.</param>
    /// <param name="value">The value as the file system gives it.</param>
    public FileXattr(ImmutableArray<byte> name, ImmutableArray<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>Gets the name, bytes in no particular encoding.</summary>
    public ImmutableArray<byte> Name { get; }

    /// <summary>Gets the value.</summary>
    public ImmutableArray<byte> Value { get; }

    /// <summary>Gets the name for people to read, escaped as paths are.</summary>
    public string DisplayName => FilePath.ToDisplayText(Name.AsSpan());

    /// <inheritdoc/>
    public bool Equals(FileXattr? other) =>
        other is not null && Name.AsSpan().SequenceEqual(other.Name.AsSpan()) && Value.AsSpan().SequenceEqual(other.Value.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FileXattr);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Name.AsSpan());
        hash.AddBytes(Value.AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Gets name and size, not the value, which may be anything.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{DisplayName} ({Value.Length} bytes)";
}
