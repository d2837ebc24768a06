namespace Waybill.Bundles.Keys;

/// <summary>What is wrapped for a recipient, spec 15.1: the keys of its scopes, or the file key, from which all follow.</summary>
internal static class KeyBlock
{
    /// <summary>The largest of them, in bytes.</summary>
    public const int MaxSize = 96;

    /// <summary>The largest body of a recipient, in bytes, spec 13.</summary>
    public const int MaxBodySize = 16 * 1024;

    private const int KeySize = 32;

    /// <summary>Gets the number of bytes that belong to scopes; 0 if no recipient may have these.</summary>
    public static int SizeOf(KeyScopes scopes) => scopes switch
    {
        KeyScopes.Metadata => 2 * KeySize, // header key and META key
        KeyScopes.Data => 3 * KeySize, // and the DATA key
        KeyScopes.All => KeySize, // the file key
        _ => 0,
    };

    /// <summary>Refuses to wrap what no reader would take.</summary>
    public static void Require(ReadOnlyMemory<byte> keyBlock, KeyScopes scopes)
    {
        if (keyBlock.Length != SizeOf(scopes))
        {
            throw new ArgumentException($"A key block for {scopes} has {SizeOf(scopes)} bytes, not {keyBlock.Length}.", nameof(keyBlock));
        }
    }
}
