namespace Waybill.Kubernetes;

/// <summary>What the command lines of all guards of a lease bear, and nothing else does.</summary>
internal readonly record struct QuiesceLeaseMark(string LeaseId)
{
    public string Text => PodGuardScript.Name + Rest;

    /// <summary>Gets the command that makes the guards of the lease in a container let go.</summary>
    public string[] ReleaseCommand => ["/bin/sh", "-c", PodGuardScript.Release, "waybill-release", PodGuardScript.Name, "of", Rest];

    // With an end, so that a lease is not taken for one whose id begins alike.
    private string Rest => LeaseId + ":";
}
