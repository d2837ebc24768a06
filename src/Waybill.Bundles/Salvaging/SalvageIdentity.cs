namespace Waybill.Bundles;

/// <summary>How a salvage knows which bundle it looks at.</summary>
public enum SalvageIdentity
{
    /// <summary>It does not: no intact part names the bundle. What was found carries the mark of one and the same bundle, 32 bits of a hash.</summary>
    MarkOnly = 0,

    /// <summary>The preamble is intact.</summary>
    Preamble = 1,

    /// <summary>The preamble is not intact, but the trailer is.</summary>
    Trailer = 2,

    /// <summary>A record names the bundle, and its name fits the mark of the records.</summary>
    Record = 3,
}
