namespace Waybill.Kubernetes;

/// <summary>What the command lines of all guards of a lease bear, and nothing else does.</summary>
internal readonly record struct QuiesceLeaseMark(string LeaseId)
{
    public string Text => PodGuardScript.Name + LeaseId;

    /// <summary>Gets the command that makes the guards of the lease in a container let go.</summary>
    public string[] ReleaseCommand => ["/bin/sh", "-c", PodGuardScript.Release, "waybill-release", PodGuardScript.Name, LeaseId];
}
