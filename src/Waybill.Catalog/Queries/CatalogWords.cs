using Waybill.Bundles;

namespace Waybill.Catalog.Queries;

/// <summary>The words that stand in exports and pages for values of enumerations. They are part of a documented schema and never change.</summary>
internal static class CatalogWords
{
    public static string Of(StreamKind kind) => kind switch
    {
        StreamKind.BlockVolume => "block-volume",
        StreamKind.FileMeta => "file-meta",
        StreamKind.FileData => "file-data",
        StreamKind.Bytes => "bytes",
        StreamKind.Resources => "resources",
        StreamKind.Secrets => "secrets",
        _ => kind.ToString("D"),
    };

    public static string Of(ConsistencyLevel level) => level switch
    {
        ConsistencyLevel.Unknown => "unknown",
        ConsistencyLevel.None => "none",
        ConsistencyLevel.Crash => "crash",
        ConsistencyLevel.FileSystem => "filesystem",
        ConsistencyLevel.Application => "application",
        _ => level.ToString("D"),
    };

    public static string Of(ChainState state) => state switch
    {
        ChainState.Complete => "complete",
        ChainState.ParentMissing => "parent-missing",
        ChainState.Gone => "gone",
        ChainState.Conflict => "conflict",
        _ => state.ToString("D"),
    };

    public static string Of(CopyState state) => state switch
    {
        CopyState.Readable => "readable",
        CopyState.Closed => "closed",
        CopyState.Incomplete => "incomplete",
        CopyState.Damaged => "damaged",
        CopyState.Unsupported => "unsupported",
        _ => state.ToString("D"),
    };

    public static string Of(CatalogDepth depth) => depth switch
    {
        CatalogDepth.Manifest => "manifest",
        CatalogDepth.Definitions => "definitions",
        CatalogDepth.Files => "files",
        _ => depth.ToString("D"),
    };

    public static string Of(FactKind kind) => kind switch
    {
        FactKind.Name => "name",
        FactKind.Tag => "tag",
        FactKind.Host => "host",
        FactKind.Cluster => "cluster",
        FactKind.Namespace => "namespace",
        FactKind.Uid => "uid",
        FactKind.Volume => "volume",
        FactKind.Snapshot => "snapshot",
        FactKind.Image => "image",
        FactKind.Resource => "resource",
        FactKind.File => "file",
        _ => kind.ToString("D"),
    };

    public static string Of(TagSource source) => source switch
    {
        TagSource.Unspecified => "unspecified",
        TagSource.User => "user",
        TagSource.Label => "label",
        TagSource.Annotation => "annotation",
        TagSource.NamespaceLabel => "namespace-label",
        TagSource.VmTag => "vm-tag",
        TagSource.CloudTag => "cloud-tag",
        TagSource.Policy => "policy",
        TagSource.Derived => "derived",
        _ => source.ToString("D"),
    };

    public static string Of(FileType type) => type switch
    {
        FileType.Regular => "file",
        FileType.Directory => "directory",
        FileType.SymbolicLink => "link",
        FileType.CharacterDevice => "character-device",
        FileType.BlockDevice => "block-device",
        FileType.Fifo => "fifo",
        FileType.Socket => "socket",
        _ => type.ToString("D"),
    };
}
