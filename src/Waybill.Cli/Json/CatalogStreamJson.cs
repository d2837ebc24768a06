using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A stream as one point has it.</summary>
internal sealed record CatalogStreamJson(
    string Id,
    string Kind,
    string? Name,
    long Length,
    long Entries,
    long Gaps,
    long DataBytes,
    long StoredBytes,
    string? Provider,
    string? Handle,
    string? StorageClass,
    string? Claim,
    string? FileSystem,
    string? Snapshot)
{
    public static CatalogStreamJson Of(CatalogStreamInfo stream) => new(
        stream.Id.ToString(),
        JsonText.Of(stream.Kind),
        JsonText.KnownOrNull(stream.Name),
        stream.Length,
        stream.Entries,
        stream.Gaps,
        stream.DataBytes,
        stream.StoredBytes,
        JsonText.KnownOrNull(stream.Volume.Provider),
        JsonText.KnownOrNull(stream.Volume.PlatformHandle),
        JsonText.KnownOrNull(stream.Volume.StorageClass),
        JsonText.KnownOrNull(stream.Volume.Claim),
        JsonText.KnownOrNull(stream.Volume.FileSystem),
        JsonText.KnownOrNull(stream.Snapshot));
}
