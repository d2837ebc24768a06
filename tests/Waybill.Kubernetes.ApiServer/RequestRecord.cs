namespace Waybill.Kubernetes.ApiServer;

/// <summary>A request that came.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
/// <param name="Query">The query with its question mark; empty if none.</param>
/// <param name="User">Who asked; empty if nobody was found.</param>
/// <param name="Accept">What was asked for.</param>
public sealed record RequestRecord(string Method, string Path, string Query, string User, string Accept)
{
    /// <summary>Gets the status of the answer; 0 if there was none.</summary>
    public int Status { get; set; }
}
