using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Csi;

/// <summary>
/// Where an object stands in a list: by the digest of its name. That order never changes while things are made and removed, needs no state, and a place in it has
/// the same short length whatever the names look like.
/// </summary>
internal readonly record struct PageKey(UInt128 High, UInt128 Low) : IComparable<PageKey>
{
    public const int Length = 32;

    public static PageKey Of(string name)
    {
        Span<byte> digest = stackalloc byte[Length];
        byte[]? large = null;
        int size = Encoding.UTF8.GetByteCount(name);
        Span<byte> text = size <= 512 ? stackalloc byte[size] : large = new byte[size];
        Encoding.UTF8.GetBytes(name, text);
        SHA256.HashData(text, digest);
        return Read(digest);
    }

    public static PageKey Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }

    public int CompareTo(PageKey other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }
}
