using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Catalog.Storage;

/// <summary>What was found at one place.</summary>
/// <param name="Store">The store.</param>
/// <param name="Name">The bundle's name in it.</param>
/// <param name="Length">Its size.</param>
internal sealed record CopyRow(string Store, string Name, long Length)
{
    public BundleId Bundle { get; init; }

    public BundleManifest? Manifest { get; init; }

    public bool IsEncrypted { get; init; }

    public WaybillException? Problem { get; init; }

    public ImmutableArray<Tag> PublicTags { get; init; } = [];

    public CopyState State => Problem?.Code switch
    {
        null => CopyState.Readable,
        WaybillErrorCode.NoMatchingKey or WaybillErrorCode.ScopeMissing or WaybillErrorCode.KeyServiceFailed => CopyState.Closed,
        WaybillErrorCode.Incomplete => CopyState.Incomplete,
        WaybillErrorCode.UnsupportedVersion or WaybillErrorCode.UnsupportedFeature => CopyState.Unsupported,
        _ => CopyState.Damaged,
    };
}
