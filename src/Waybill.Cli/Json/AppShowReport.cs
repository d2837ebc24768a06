using System.Text.Json.Serialization;
using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>What <c>app show --json</c> prints.</summary>
internal sealed record AppShowReport
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.app.show.v1";

    public required string Application { get; init; }

    public required OriginJson Origin { get; init; }

    public required string? ClusterVersion { get; init; }

    public required long Bytes { get; init; }

    public required CapturedObjectJson[] Objects { get; init; }

    public required ObjectRelationJson[] Relations { get; init; }

    public required CapturedClaimJson[] Claims { get; init; }

    public required CapturedImageJson[] Images { get; init; }

    public required ExternalDataJson[] ExternalData { get; init; }

    public required CaptureGapJson[] Gaps { get; init; }

    public required string[] Excluded { get; init; }

    public static AppShowReport Of(CapturedApplication captured) => new()
    {
        Application = captured.Name,
        Origin = OriginJson.Of(captured.Origin),
        ClusterVersion = JsonText.KnownOrNull(captured.ClusterVersion),
        Bytes = captured.Length,
        Objects = [.. captured.Objects.Select(CapturedObjectJson.Of)],
        Relations = [.. captured.Relations.Select(ObjectRelationJson.Of)],
        Claims = [.. captured.Claims.Select(CapturedClaimJson.Of)],
        Images = [.. captured.Images.Select(image => new CapturedImageJson(image.Image, JsonText.KnownOrNull(image.Digest)))],
        ExternalData = [.. captured.ExternalData.Select(data => new ExternalDataJson(data.Kind, data.Target, data.Reference))],
        Gaps = [.. captured.Gaps.Select(CaptureGapJson.Of)],
        Excluded = [.. captured.Excluded],
    };
}
