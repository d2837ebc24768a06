namespace Waybill.Bundles;

/// <summary>What a recipient of an encrypted bundle can open, specification section 15.1. Only the combinations named here are used.</summary>
[Flags]
public enum KeyScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Manifest, tags, names of files and definitions, but no data: what a catalog needs.</summary>
    Metadata = 1,

    /// <summary>Everything but Secrets: what an operator's restore needs.</summary>
    Data = 3,

    /// <summary>Everything.</summary>
    All = 7,
}
