namespace Waybill.Bundles;

/// <summary>What a key in a key file is for.</summary>
[Flags]
public enum KeyPurposes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Opening bundles, or making bundles for its owner.</summary>
    Encryption = 1,

    /// <summary>Signing bundles, or checking signatures.</summary>
    Signing = 2,

    /// <summary>Either: the file does not say.</summary>
    All = 3,
}
