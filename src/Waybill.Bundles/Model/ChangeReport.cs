namespace Waybill.Bundles;

/// <summary>How the changes of a stream were found, and why in this way.</summary>
/// <param name="Kind">The way.</param>
public sealed record ChangeReport(ChangeKind Kind)
{
    /// <summary>Gets the provider that reported the changes.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Gets the platform's name of the base.</summary>
    public string BaseHandle { get; init; } = "";

    /// <summary>Gets the platform's name of the target.</summary>
    public string TargetHandle { get; init; } = "";

    /// <summary>Gets what the platform computes the next changes from; not the name of a snapshot.</summary>
    public string ChangeId { get; init; } = "";

    /// <summary>Gets how many ranges were reported.</summary>
    public long ReportedRanges { get; init; }

    /// <summary>Gets how many bytes they covered.</summary>
    public long ReportedBytes { get; init; }

    /// <summary>Gets why this way was taken and no faster one.</summary>
    public string Reason { get; init; } = "";
}
