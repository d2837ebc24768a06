using System.Collections.Immutable;
using System.Globalization;

namespace Waybill;

/// <summary>The typed value of a tag.</summary>
public abstract record TagValue
{
    private TagValue()
    {
    }

    /// <summary>A text.</summary>
    /// <param name="Value">The text.</param>
    public sealed record Text(string Value) : TagValue
    {
        /// <inheritdoc/>
        public override string ToString() => Value;
    }

    /// <summary>A whole number.</summary>
    /// <param name="Value">The number.</param>
    public sealed record Number(long Value) : TagValue
    {
        /// <inheritdoc/>
        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Yes or no.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Flag(bool Value) : TagValue
    {
        /// <inheritdoc/>
        public override string ToString() => Value ? "true" : "false";
    }

    /// <summary>Bytes without a known meaning.</summary>
    /// <param name="Value">The bytes.</param>
    public sealed record Raw(ImmutableArray<byte> Value) : TagValue
    {
        /// <inheritdoc/>
        public bool Equals(Raw? other) => other is not null && Value.AsSpan().SequenceEqual(other.Value.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Value.IsDefaultOrEmpty ? 0 : HashCode.Combine(Value.Length, Value[0], Value[^1]);

        /// <inheritdoc/>
        public override string ToString() => Value.IsDefault ? "" : Convert.ToHexStringLower(Value.AsSpan());
    }

    /// <summary>A point in time.</summary>
    /// <param name="Value">The time.</param>
    public sealed record Time(Timestamp Value) : TagValue
    {
        /// <inheritdoc/>
        public override string ToString() => Value.ToString();
    }

    /// <summary>Several texts in their order.</summary>
    /// <param name="Values">The texts.</param>
    public sealed record TextList(ImmutableArray<string> Values) : TagValue
    {
        /// <inheritdoc/>
        public bool Equals(TextList? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Values.IsDefaultOrEmpty ? 0 : HashCode.Combine(Values.Length, Values[0]);

        /// <inheritdoc/>
        public override string ToString() => Values.IsDefault ? "" : string.Join(", ", Values);
    }
}
