namespace Waybill;

/// <summary>Says who may see a tag.</summary>
public enum TagSensitivity
{
    /// <summary>Travels with the manifest and is encrypted with it.</summary>
    Internal = 0,

    /// <summary>May stand in the clear header of an encrypted bundle. An explicit choice, never a default.</summary>
    Public = 1,

    /// <summary>Never shown or exported unless asked for.</summary>
    Secret = 2,
}
