namespace Waybill.Bundles.Keys;

/// <summary>A key block as it stands in the envelope: a hint at the key that opens it, and the body of the recipient's type.</summary>
internal readonly record struct WrappedKey(RecipientType Type, KeyScopes Scopes, ReadOnlyMemory<byte> KeyId, ReadOnlyMemory<byte> Body);
