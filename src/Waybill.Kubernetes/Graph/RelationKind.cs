namespace Waybill.Kubernetes;

/// <summary>What one object has to do with another.</summary>
public enum RelationKind
{
    /// <summary>The other one owns it: it was made for it and goes with it.</summary>
    Owner = 1,

    /// <summary>It does not work without the other one.</summary>
    Uses = 2,

    /// <summary>It acts on the other one: sends it requests, scales it, protects it.</summary>
    ActsOn = 3,

    /// <summary>The other one defines its kind.</summary>
    Definition = 4,
}
