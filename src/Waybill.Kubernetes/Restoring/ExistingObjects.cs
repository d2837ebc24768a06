namespace Waybill.Kubernetes;

/// <summary>What a restore does with an object that exists already and is not what it should become.</summary>
public enum ExistingObjects
{
    /// <summary>Nothing is restored at all.</summary>
    Fail = 0,

    /// <summary>It stays as it is.</summary>
    Skip = 1,

    /// <summary>The fields of the point are written into it; what it has beside them stays.</summary>
    Update = 2,

    /// <summary>It is deleted, with what it owns, and created anew. Claims and definitions of kinds stay as they are: their data, or the objects of the kind, would be lost.</summary>
    Replace = 3,
}
