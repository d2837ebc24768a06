using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Waybill;

/// <summary>What all 16-byte ids share: bytes, random values and text.</summary>
internal static class IdText
{
    private const int Size = 16;

    public static UInt128 FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"An id has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static void ToBytes(UInt128 value, Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, value);

    public static byte[] RandomBytes() => RandomNumberGenerator.GetBytes(Size);

    public static string Format(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        ToBytes(value, bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public static bool TryParse(string? text, Span<byte> bytes)
    {
        if (text is { Length: 36 } && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-')
        {
            text = text.Replace("-", "", StringComparison.Ordinal);
        }

        return text is { Length: 2 * Size }
            && Convert.FromHexString(text, bytes, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == Size;
    }
}
