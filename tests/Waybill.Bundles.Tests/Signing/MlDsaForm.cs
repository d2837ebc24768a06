using System.Formats.Asn1;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Keys that have the form of ML-DSA-65 and no content, for systems that cannot make any.</summary>
internal static class MlDsaForm
{
    public static byte[] PublicKey => Info(1952, isPrivate: false);

    public static byte[] PrivateKey => Info(4032, isPrivate: true);

    private static byte[] Info(int length, bool isPrivate)
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            if (isPrivate)
            {
                info.WriteInteger(0);
            }

            using (info.PushSequence())
            {
                info.WriteObjectIdentifier("2.16.840.1.101.3.4.3.18");
            }

            if (isPrivate)
            {
                info.WriteOctetString(new byte[length]);
            }
            else
            {
                info.WriteBitString(new byte[length]);
            }
        }

        return info.Encode();
    }
}
