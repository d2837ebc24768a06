using System.Diagnostics.CodeAnalysis;

namespace Waybill;

/// <summary>What a platform needs to say later what changed since this moment. It may outlive the snapshot it was taken with, and is not a snapshot's name.</summary>
public readonly record struct ChangeId : IParsable<ChangeId>
{
    /// <summary>The longest value, in bytes of UTF-8.</summary>
    public const int MaxLength = 1024;

    private readonly string? _value;

    /// <summary>Takes a platform's name.</summary>
    /// <param name="value">1 to <see cref="MaxLength"/> bytes of UTF-8 without control characters.</param>
    /// <exception cref="ArgumentException">It is empty, too long or not printable.</exception>
    public ChangeId(string value) => _value = OpaqueText.Check(value, MaxLength, nameof(value));

    /// <summary>Gets whether this is the default value, which names nothing.</summary>
    public bool IsDefault => _value is null;

    /// <summary>Reads the text form, which is the value itself.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <returns>The value.</returns>
    /// <exception cref="FormatException">It is empty, too long or not printable.</exception>
    public static ChangeId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out ChangeId result) ? result : throw new FormatException($"This is not a change id: 1 to {MaxLength} bytes of printable text are.");

    /// <summary>Reads the text form.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <param name="result">The value.</param>
    /// <returns>Whether the text is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ChangeId result)
    {
        bool valid = OpaqueText.IsValid(s, MaxLength);
        result = valid ? new ChangeId(s!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";
}
