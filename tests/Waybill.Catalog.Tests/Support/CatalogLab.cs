using System.Text;
using Waybill.Testing;

namespace Waybill.Catalog.Tests.Support;

/// <summary>A directory of bundles, a clock, and a catalog of them in a database of its own.</summary>
internal sealed class CatalogLab : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-catalog-").FullName;
    private readonly Func<CatalogLab, Task<string>> _location;
    private BundleCatalog? _catalog;

    private CatalogLab(Func<CatalogLab, Task<string>> location) => _location = location;

    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    public string Bundles => Path.Combine(_directory, "bundles");

    public string File => Path.Combine(_directory, "catalog.db");

    public BundleCatalog Catalog => _catalog ?? throw new InvalidOperationException("There is no catalog yet.");

    public string this[string name] => Path.Combine(Bundles, name);

    public static async Task<CatalogLab> CreateAsync(CatalogKind kind = CatalogKind.Sqlite)
    {
        var lab = new CatalogLab(kind == CatalogKind.Sqlite ? lab => Task.FromResult(lab.File) : _ => PostgresServer.CreateDatabaseAsync());
        Directory.CreateDirectory(lab.Bundles);
        await lab.RenewAsync();
        return lab;
    }

    /// <summary>Opens a catalog in a database in which there is nothing.</summary>
    public async Task RenewAsync()
    {
        await CloseAsync();
        System.IO.File.Delete(File);
        _catalog = await BundleCatalog.OpenAsync(Location = await _location(this), new CatalogOptions { TimeProvider = Time });
    }

    public string Location { get; private set; } = "";

    public Task<BundleCatalog> OpenAnotherAsync() => BundleCatalog.OpenAsync(Location, new CatalogOptions { TimeProvider = Time });

    public async Task CloseAsync()
    {
        if (_catalog is not null)
        {
            await _catalog.DisposeAsync();
            _catalog = null;
        }
    }

    public Task<CatalogScanReport> ScanAsync(CatalogDepth depth = CatalogDepth.Manifest, params BundleKey[] keys) => Scanner(depth, keys).ScanAsync(Bundles);

    public CatalogScanner Scanner(CatalogDepth depth = CatalogDepth.Manifest, params BundleKey[] keys) =>
        new(Catalog, new CatalogScanOptions { Depth = depth, Reader = new BundleReaderOptions { Keys = keys } });

    public async Task<string> ExportAsync(bool files = true)
    {
        var output = new MemoryStream();
        await Catalog.ExportAsync(output, files);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>Gets what a search finds, as texts that are easy to compare: application, kind, key, value.</summary>
    public async Task<string[]> FindAsync(string text, params FactKind[] kinds)
    {
        CatalogSearchResult result = await Catalog.SearchAsync(new CatalogSearch(text) { Kinds = [.. kinds] });
        return [.. result.Hits.Select(hit => $"{hit.Application.Name}: {hit.Fact.Kind} {hit.Fact.Key}{(hit.Fact.Key.Length > 0 ? "=" : "")}{hit.Fact.Value}")];
    }

    public async Task<CatalogLife> LifeAsync(AppId application) => await Catalog.GetLifeAsync(application) ?? throw new InvalidOperationException("The catalog does not know it.");

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
