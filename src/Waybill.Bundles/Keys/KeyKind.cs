namespace Waybill.Bundles.Keys;

/// <summary>Kinds of keys this library knows.</summary>
internal enum KeyKind
{
    P256,
    P384,
    Rsa,
    MlDsa65,
}
