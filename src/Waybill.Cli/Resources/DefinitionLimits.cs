namespace Waybill.Cli.Resources;

/// <summary>What is accepted of definitions; the first four are limits of the bundle format (section 13 of the specification).</summary>
internal static class DefinitionLimits
{
    public const int MaxObjectBytes = 16 * 1024 * 1024;

    public const int MaxObjects = 1_000_000;

    public const int MaxTagKeyBytes = 512;

    public const int MaxTagValueBytes = 64 * 1024;

    /// <summary>Of the 65 536 tags and 16 MiB that a manifest may have, what definitions may use; the rest is the user's.</summary>
    public const int MaxTags = 60_000;

    public const int MaxTagBytes = 4 * 1024 * 1024;

    public const int MaxDepth = 100;

    public const int MaxFileBytes = 256 * 1024 * 1024;
}
