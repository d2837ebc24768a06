namespace Waybill.Samples.Controller.Resources;

/// <summary>Where the objects of the controller are in the API.</summary>
public static class ApiGroup
{
    public const string Name = "backup.waybill";

    public const string Served = "v1";

    public const string Version = Name + "/" + Served;

    /// <summary>Names the policy on the points it asked for.</summary>
    public const string PolicyLabel = Name + "/policy";

    /// <summary>Keeps a point until what its making left in the cluster is removed.</summary>
    public const string Finalizer = Name + "/sweep";
}
