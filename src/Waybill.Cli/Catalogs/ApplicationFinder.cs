using Waybill.Catalog;

namespace Waybill.Cli.Catalogs;

/// <summary>Finds the applications a person means.</summary>
internal static class ApplicationFinder
{
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.NameNotFound"/>.</exception>
    public static async Task<IReadOnlyList<CatalogLife>> FindAsync(BundleCatalog catalog, string name, CancellationToken cancellationToken)
    {
        List<CatalogLife> lives = [];
        foreach (CatalogApplication application in await catalog.FindApplicationsAsync(name, cancellationToken).ConfigureAwait(false))
        {
            if (await catalog.GetLifeAsync(application.Id, cancellationToken).ConfigureAwait(false) is { } life)
            {
                lives.Add(life);
            }
        }

        return lives.Count > 0
            ? lives
            : throw new WaybillException(WaybillErrorCode.NameNotFound, $"The catalog knows no application '{name}'")
            {
                ObjectName = catalog.Name,
                Hint = "'waybill catalog search' finds applications by any fragment.",
            };
    }
}
