using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What a manifest says, as all reports show it.</summary>
internal sealed record BundleJson
{
    public required string Id { get; init; }

    public required string? ManifestDigest { get; init; }

    public required string Created { get; init; }

    public required bool Incremental { get; init; }

    public required ParentJson? Parent { get; init; }

    public required LineageJson Lineage { get; init; }

    public required WriterJson Writer { get; init; }

    public required ApplicationJson Application { get; init; }

    public required ConsistencyJson[] Consistency { get; init; }

    public required StreamJson[] Streams { get; init; }

    public required TagJson[] Tags { get; init; }

    public static BundleJson Of(BundleManifest manifest) => new()
    {
        Id = manifest.Id.ToString(),
        ManifestDigest = JsonText.KnownOrNull(manifest.Digest),
        Created = manifest.Created.ToString(),
        Incremental = manifest.IsIncremental,
        Parent = manifest.Parent is { } parent ? new ParentJson(parent.Id.ToString(), parent.ManifestDigest.ToString()) : null,
        Lineage = LineageJson.Of(manifest.Lineage),
        Writer = new WriterJson(manifest.Writer.Product, manifest.Writer.Version, manifest.Writer.Profile),
        Application = ApplicationJson.Of(manifest.Application),
        Consistency = [.. manifest.Groups.Select(ConsistencyJson.Of)],
        Streams = [.. manifest.Streams.Select(StreamJson.Of)],
        Tags = [.. manifest.Tags.Select(TagJson.Of)],
    };
}
