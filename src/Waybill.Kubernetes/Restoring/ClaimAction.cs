namespace Waybill.Kubernetes;

/// <summary>What a restore does with the data behind a claim.</summary>
public enum ClaimAction
{
    /// <summary>The claim is made and filled, or is one that an interrupted restore of the same point made.</summary>
    Fill = 1,

    /// <summary>The claim exists, and its data is overwritten.</summary>
    Overwrite = 2,

    /// <summary>An earlier restore of the same point filled the claim; whatever happened to it since stays.</summary>
    Filled = 3,

    /// <summary>The claim exists, and its data stays as it is.</summary>
    Keep = 4,
}
