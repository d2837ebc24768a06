namespace Waybill.Samples.Definitions.Documents;

/// <summary>What is accepted of a document. Real ones stay far below; whoever is above means harm or is mistaken.</summary>
internal static class DocumentLimits
{
    /// <summary>The largest definition, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The largest file beside it, in bytes: what a resource of a bundle may have.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    /// <summary>The deepest nesting, aliases written out.</summary>
    public const int MaxDepth = 64;

    /// <summary>The greatest weight, aliases written out.</summary>
    public const long MaxWeight = 4 * 1024 * 1024;

    public const int MaxTags = 20_000;

    public const long MaxTagBytes = 4 * 1024 * 1024;

    public const int MaxTagKeyBytes = 512;

    public const int MaxTagValueBytes = 64 * 1024;

    /// <summary>The largest number of volumes of one application.</summary>
    public const int MaxVolumes = 1_000;
}
