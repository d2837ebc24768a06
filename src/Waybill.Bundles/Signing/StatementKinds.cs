namespace Waybill.Bundles;

/// <summary>What signed statements speak of, specification section 16.1.</summary>
[Flags]
public enum StatementKinds
{
    /// <summary>Nothing that this version knows.</summary>
    None = 0,

    /// <summary>The content: holds in whatever layout, codec and key it is stored.</summary>
    Content = 1,

    /// <summary>The stored bytes up to the manifest: holds until the bundle is rewritten, and is checked without any key.</summary>
    Storage = 2,

    /// <summary>Both.</summary>
    All = Content | Storage,
}
