using Waybill.Catalog.Queries;

namespace Waybill.Catalog;

/// <content>Everything, for other programs.</content>
public sealed partial class BundleCatalog
{
    /// <summary>
    /// Writes everything the catalog knows as JSON (docs/cli/schemas/catalog-export.json), in an order that depends on the bundles only: a catalog that is made
    /// anew of the same bundles at the same places exports the same bytes.
    /// </summary>
    /// <param name="output">What it is written to; stays the caller's.</param>
    /// <param name="files">Whether the names of files are written too; there may be many.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when it is written.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task ExportAsync(Stream output, bool files = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return _database.ReadAsync(
            async session =>
            {
                var exporter = new CatalogExporter(session, output, files, cancellationToken);
                await using (exporter.ConfigureAwait(false))
                {
                    await exporter.WriteAsync().ConfigureAwait(false);
                }

                return 0;
            },
            cancellationToken);
    }
}
