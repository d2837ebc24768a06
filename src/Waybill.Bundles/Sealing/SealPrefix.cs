using System.Buffers.Binary;

namespace Waybill.Bundles.Sealing;

/// <summary>The 24 bytes before the ciphertext of a sealed record, spec 15.4.</summary>
internal readonly record struct SealPrefix(SealScope Scope, UInt128 RunSalt)
{
    public const int Size = 24;
    public const int TagSize = 16;

    /// <summary>How much longer a sealed payload is than the opened one.</summary>
    public const int Overhead = Size + TagSize;

    public void Write(Span<byte> destination)
    {
        destination[..8].Clear();
        destination[0] = (byte)Scope;
        BinaryPrimitives.WriteUInt128BigEndian(destination[8..], RunSalt);
    }

    /// <summary>Reads the prefix of a sealed payload.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.RecordNotAuthentic"/>: this cannot be one.</exception>
    public static SealPrefix Read(ReadOnlySpan<byte> payload, long place)
    {
        bool possible = payload.Length >= Overhead
            && payload[0] is (byte)SealScope.Meta or (byte)SealScope.Data or (byte)SealScope.Secret
            && !payload[1..8].ContainsAnyExcept((byte)0);
        return possible
            ? new SealPrefix((SealScope)payload[0], BinaryPrimitives.ReadUInt128BigEndian(payload[8..]))
            : throw new BundleFormatException(WaybillErrorCode.RecordNotAuthentic, "A sealed record does not begin like one") { Offset = place };
    }
}
