using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What the manifest says of one stream.</summary>
internal sealed record StreamJson
{
    public required int Number { get; init; }

    public required string Id { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public required long Length { get; init; }

    public required long DataBytes { get; init; }

    public required long StoredBytes { get; init; }

    public required int BlockSize { get; init; }

    public required int CellSize { get; init; }

    public required string Root { get; init; }

    public required string? ContentRoot { get; init; }

    public required string? ParentRoot { get; init; }

    public required long? Entries { get; init; }

    public required long? Gaps { get; init; }

    public required ChangeJson Change { get; init; }

    public required VolumeJson? Volume { get; init; }

    public static StreamJson Of(StreamInfo stream) => new()
    {
        Number = stream.Number,
        Id = stream.Id.ToString(),
        Kind = JsonText.Of(stream.Kind),
        Name = stream.Name,
        Length = stream.VirtualLength,
        DataBytes = stream.DataBytes,
        StoredBytes = stream.StoredBytes,
        BlockSize = stream.BlockSize,
        CellSize = stream.CellSize,
        Root = stream.Root.ToString(),
        ContentRoot = JsonText.KnownOrNull(stream.ContentRoot),
        ParentRoot = JsonText.KnownOrNull(stream.ParentRoot),
        Entries = stream.Kind is StreamKind.FileMeta or StreamKind.Resources or StreamKind.Secrets ? stream.EntryCount : null,
        Gaps = stream.Kind is StreamKind.FileMeta ? stream.GapCount : null,
        Change = ChangeJson.Of(stream.Change),
        Volume = stream.Volume is { } volume ? VolumeJson.Of(volume) : null,
    };
}
