using System.Formats.Asn1;
using System.Numerics;

namespace Waybill.Bundles.Signing;

/// <summary>The two forms of ECDSA signatures.</summary>
internal static class EcdsaSignature
{
    /// <summary>Converts a SEQUENCE of two INTEGERs to r ‖ s with <paramref name="size"/> bytes each.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/>: it is not such a signature.</exception>
    public static byte[] FromDer(ReadOnlyMemory<byte> signature, int size)
    {
        var result = new byte[2 * size];
        try
        {
            var outer = new AsnReader(signature, AsnEncodingRules.DER);
            AsnReader inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            for (int i = 0; i < 2; i++)
            {
                BigInteger number = inner.ReadInteger();
                if (number.Sign < 0 || number.GetByteCount(isUnsigned: true) > size)
                {
                    throw NotASignature(null);
                }

                byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
                bytes.CopyTo(result, ((i + 1) * size) - bytes.Length);
            }

            inner.ThrowIfNotEmpty();
            return result;
        }
        catch (AsnContentException e)
        {
            throw NotASignature(e);
        }
    }

    private static WaybillException NotASignature(Exception? cause) => new(WaybillErrorCode.KeyServiceFailed, "The key service gave no ECDSA signature in DER", cause);
}
