using Waybill.Catalog;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>Finds bundles that are named by what they hold instead of by where they lie.</summary>
internal static class NamedBundle
{
    private const string Prefix = "catalog:";

    public static bool Is(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <exception cref="UsageException">It is no logical name.</exception>
    public static LogicalName Parse(string text) => LogicalName.TryParse(Is(text) ? text[Prefix.Length..] : text, null, out LogicalName? name)
        ? name
        : throw new UsageException($"'{text}' is not a logical name: /CLUSTER/NAMESPACE/APPLICATION[/VOLUME][@TIME][/PATH] is.");

    /// <summary>Finds the file of a bundle, and the directories in which what it builds on lies. A name that is not logical is a file's.</summary>
    public static async Task<(string Path, IReadOnlyList<string> Parents)> FindAsync(string text, IReadOnlyList<string> parents, CliConsole console, CancellationToken cancellationToken)
    {
        if (!Is(text))
        {
            return (text, parents);
        }

        LogicalName name = Parse(text);
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(new EngineRequest(null, null, null), console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await CatalogAccess.OpenAsync(null, configuration, new CatalogOptions { Create = false }, console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            CatalogResolution found = await catalog.ResolveAsync(name, cancellationToken).ConfigureAwait(false);
            string path = Path.Combine(found.Copy.Store, found.Copy.Name);
            return (path, parents.Count > 0 ? parents : [.. found.Parents.Select(parent => parent.Store).Prepend(found.Copy.Store).Distinct().Where(Directory.Exists)]);
        }
    }
}
