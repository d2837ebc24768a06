using System.Diagnostics.CodeAnalysis;

namespace Waybill;

/// <summary>The identity of an application; it survives renames and moves between clusters.</summary>
public readonly struct AppId : IEquatable<AppId>, IParsable<AppId>
{
    /// <summary>The number of bytes of an id.</summary>
    public const int Size = 16;

    private readonly UInt128 _value;

    /// <summary>Makes an id of its bytes.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public AppId(ReadOnlySpan<byte> bytes) => _value = IdText.FromBytes(bytes);

    /// <summary>Gets whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _value == UInt128.Zero;

    /// <summary>Makes a new random id.</summary>
    /// <returns>An id that no one else has.</returns>
    public static AppId New() => new(IdText.RandomBytes());

    /// <summary>Copies the bytes of the id.</summary>
    /// <param name="destination">Receives <see cref="Size"/> bytes.</param>
    public void CopyTo(Span<byte> destination) => IdText.ToBytes(_value, destination);

    /// <summary>Gets the bytes of the id in a new array.</summary>
    /// <returns><see cref="Size"/> bytes.</returns>
    public byte[] ToByteArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="s">32 hexadecimal digits; hyphens as in a UUID are accepted.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>The id.</returns>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static AppId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out AppId result) ? result : throw new FormatException($"'{s}' is not an id of 32 hexadecimal digits.");

    /// <summary>Reads the text form without throwing.</summary>
    /// <param name="s">32 hexadecimal digits; hyphens as in a UUID are accepted.</param>
    /// <param name="provider">Not used.</param>
    /// <param name="result">The id, or the default value.</param>
    /// <returns>Whether the text was an id.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out AppId result)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bool valid = IdText.TryParse(s, bytes);
        result = valid ? new AppId(bytes) : default;
        return valid;
    }

    /// <inheritdoc/>
    public bool Equals(AppId other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AppId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    /// <summary>Gets the text form: 32 lower-case hexadecimal digits.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => IdText.Format(_value);

    /// <summary>Compares two ids.</summary>
    public static bool operator ==(AppId left, AppId right) => left.Equals(right);

    /// <summary>Compares two ids.</summary>
    public static bool operator !=(AppId left, AppId right) => !left.Equals(right);
}
