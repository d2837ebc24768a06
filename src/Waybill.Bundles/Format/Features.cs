namespace Waybill.Bundles.Format;

/// <summary>The three feature words of a bundle, spec 3.</summary>
internal readonly record struct Features(ulong Incompat, ulong TransformCompat, ulong Compat)
{
    public const ulong Encrypted = 1UL << 0;
    public const ulong Zstd = 1UL << 1;
    public const ulong ExternalChunks = 1UL << 2;
    public const ulong Segmented = 1UL << 3;

    public const ulong Schema = 1UL << 0;

    public const ulong KnownIncompat = Encrypted | Zstd;
    public const ulong KnownTransformCompat = 0;

    public bool IsEmpty => Incompat == 0 && TransformCompat == 0 && Compat == 0;

    public bool IsEncrypted => (Incompat & Encrypted) != 0;

    public bool HasZstd => (Incompat & Zstd) != 0;

    public ulong UnknownIncompat => Incompat & ~KnownIncompat;

    public bool MayTransform => (TransformCompat & ~KnownTransformCompat) == 0;

    /// <summary>Lists the set bits as (word, bit), ascending.</summary>
    public IEnumerable<(int Word, int Bit)> SetBits()
    {
        ulong[] words = [Incompat, TransformCompat, Compat];
        for (int word = 0; word < words.Length; word++)
        {
            for (int bit = 0; bit < 64; bit++)
            {
                if ((words[word] >> bit & 1) != 0)
                {
                    yield return (word, bit);
                }
            }
        }
    }
}
