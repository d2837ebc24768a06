namespace Waybill.Bundles;

/// <summary>How cells are compressed; spec section 4.5. A cell that does not become shorter is stored as it is.</summary>
public enum BundleCodec
{
    /// <summary>Not compressed.</summary>
    None = 0,

    /// <summary>LZ4 blocks: fast, and a decoder fits on half a page.</summary>
    Lz4 = 1,

    /// <summary>zstd frames: smaller.</summary>
    Zstd = 2,
}
