namespace Waybill.Kubernetes;

/// <summary>An application that a cluster may have, as it is listed.</summary>
/// <param name="Selector">What selects it.</param>
/// <param name="Kind">What it is.</param>
public sealed record ListedApplication(ApplicationSelector Selector, ListedApplicationKind Kind)
{
    /// <summary>Gets more about it: the chart of a release; else empty.</summary>
    public string Description { get; init; } = "";
}
