namespace Waybill.Bundles;

/// <summary>What is known of a range of a stream in a damaged bundle, specification section 12.</summary>
public enum SalvageState
{
    /// <summary>Nothing is known.</summary>
    Unknown = 0,

    /// <summary>The content is there and matches its digest, and a stream root proves that it belongs here.</summary>
    Verified = 1,

    /// <summary>The content is there and matches the digest beside it; nothing proves that it belongs here.</summary>
    Present = 2,

    /// <summary>The bundle says that its parent holds the content.</summary>
    Inherited = 3,
}
