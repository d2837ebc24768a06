namespace Waybill.Catalog;

/// <summary>What the catalog found where a bundle lies.</summary>
public enum CopyState
{
    /// <summary>Its manifest was read.</summary>
    Readable = 0,

    /// <summary>It is encrypted, and no key at hand opened it.</summary>
    Closed = 1,

    /// <summary>It ends before its trailer: never finished, or cut.</summary>
    Incomplete = 2,

    /// <summary>Its bytes are wrong.</summary>
    Damaged = 3,

    /// <summary>This version cannot read it.</summary>
    Unsupported = 4,
}
