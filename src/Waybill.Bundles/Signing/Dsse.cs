using System.Globalization;
using System.Text;

namespace Waybill.Bundles.Signing;

/// <summary>What the signature of a DSSE envelope covers, spec 16.1.</summary>
internal static class Dsse
{
    /// <summary>Builds the pre-authentication encoding. The lengths in it keep apart what type and payload alone could shift between each other.</summary>
    public static byte[] PreAuthenticationEncoding(string payloadType, ReadOnlySpan<byte> payload)
    {
        int typeLength = Encoding.UTF8.GetByteCount(payloadType);
        string head = string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {typeLength} {payloadType} {payload.Length} ");
        int headLength = Encoding.UTF8.GetByteCount(head);
        var result = new byte[headLength + payload.Length];
        Encoding.UTF8.GetBytes(head, result);
        payload.CopyTo(result.AsSpan(headLength));
        return result;
    }
}
