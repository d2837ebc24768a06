using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>Somebody an encrypted bundle says that it opens for. A claim: whoever can write to the file can change it.</summary>
/// <param name="Type">How: <c>p256</c>, <c>rsa</c>, <c>psk</c>, <c>passphrase</c>, <c>key-service</c>, or the number of a type that this version does not know.</param>
/// <param name="Scopes">What the recipient can open.</param>
/// <param name="KeyId">The id of the key in hexadecimal digits; empty if there is none.</param>
public sealed record BundleClearRecipient(string Type, KeyScopes Scopes, string KeyId)
{
    internal static BundleClearRecipient Of(Wire.Recipient recipient) => new(
        (RecipientType)recipient.Type switch
        {
            RecipientType.P256Hpke => "p256",
            RecipientType.RsaOaep256 => "rsa",
            RecipientType.PresharedKey => "psk",
            RecipientType.Pbkdf2 => "passphrase",
            RecipientType.KeyService => "key-service",
            _ => recipient.Type.ToString(System.Globalization.CultureInfo.InvariantCulture),
        },
        (KeyScopes)recipient.Scopes,
        Convert.ToHexStringLower(recipient.KeyId.Span));
}
