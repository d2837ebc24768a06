namespace Waybill.Bundles.Keys;

/// <summary>Types of recipients, spec 15.3. A reader passes over those it does not know.</summary>
internal enum RecipientType : uint
{
    P256Hpke = 1,
    RsaOaep256 = 2,
    PresharedKey = 3,
    Pbkdf2 = 4,
    KeyService = 5,
}
