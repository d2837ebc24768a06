using Waybill.Catalog;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Json;

/// <content>The words of catalogs.</content>
internal static partial class JsonText
{
    private static readonly FactKind[] s_factKinds = Enum.GetValues<FactKind>();

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

    /// <exception cref="UsageException">There is no such kind.</exception>
    public static FactKind FactKindOf(string word)
    {
        foreach (FactKind kind in s_factKinds)
        {
            if (Of(kind) == word)
            {
                return kind;
            }
        }

        throw new UsageException($"--kind must be one of {string.Join(", ", s_factKinds.Select(Of))}.");
    }

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

    public static string Of(OrphanKind kind) => kind switch
    {
        OrphanKind.UnreadableBundle => "unreadable-bundle",
        OrphanKind.MissingParent => "missing-parent",
        OrphanKind.ConflictingBundles => "conflicting-bundles",
        OrphanKind.UnknownVolume => "unknown-volume",
        OrphanKind.UnknownSnapshot => "unknown-snapshot",
        OrphanKind.StaleApplication => "stale-application",
        OrphanKind.ApplicationWithoutBundles => "application-without-bundles",
        OrphanKind.MissingVolume => "missing-volume",
        OrphanKind.UnclaimedVolume => "unclaimed-volume",
        _ => kind.ToString("D"),
    };
}
