namespace Waybill.Kubernetes;

/// <summary>How groups of a driver's volumes are taken.</summary>
/// <param name="Version">The version of the API.</param>
/// <param name="Class">The VolumeGroupSnapshotClass.</param>
/// <param name="WhyNot">Why they are not; empty if they are.</param>
internal sealed record GroupWay(string Version, string Class, string WhyNot)
{
    public bool IsOpen => WhyNot.Length == 0;

    public static GroupWay None(string why) => new("", "", why);
}
