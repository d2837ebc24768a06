namespace Waybill.Cli.Json;

/// <summary>What <c>point list --json</c> prints.</summary>
internal sealed record PointListReport(string Store, PointJson[] Points)
{
    public string Schema { get; init; } = "waybill.point.list.v1";
}
