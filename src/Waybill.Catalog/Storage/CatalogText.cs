using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Catalog.Storage;

/// <summary>Text as it is stored and searched.</summary>
internal static class CatalogText
{
    /// <summary>The number of bytes of a digest that keeps equal rows from being stored twice: enough that nobody finds two that meet.</summary>
    public const int DigestSize = 16;

    /// <summary>Replaces the one character that PostgreSQL cannot store by its picture, so that both databases hold the same.</summary>
    public static string Clean(string text) => text.Replace('\0', '\u2400');

    /// <summary>Makes text comparable without regard to case, the same way everywhere.</summary>
    public static string Fold(string text) => Clean(text).ToLowerInvariant();

    /// <summary>Makes a digest of several fields that cannot run into each other.</summary>
    public static byte[] DigestOf(params ReadOnlySpan<string> fields)
    {
        int size = 0;
        foreach (string field in fields)
        {
            size += sizeof(int) + Encoding.UTF8.GetByteCount(field);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            Span<byte> rest = buffer;
            foreach (string field in fields)
            {
                int length = Encoding.UTF8.GetBytes(field, rest[sizeof(int)..]);
                BinaryPrimitives.WriteInt32LittleEndian(rest, length);
                rest = rest[(sizeof(int) + length)..];
            }

            return SHA256.HashData(buffer.AsSpan(0, size))[..DigestSize];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
