namespace Waybill.Catalog.Scanning;

/// <summary>Counts what a scan finds.</summary>
internal sealed class ScanTally(IProgress<CatalogScanProgress>? progress)
{
    private readonly Lock _gate = new();
    private readonly List<CatalogProblem> _problems = [];
    private int _read;
    private int _added;
    private int _others;

    public void Add(BundlePlace place, PlaceResult result)
    {
        lock (_gate)
        {
            _others += result.IsBundle ? 0 : 1;
            _read += result.IsBundle ? 1 : 0;
            _added += result.IsNew ? 1 : 0;
            if (result.Problem is { } problem)
            {
                _problems.Add(new CatalogProblem(place.Store, place.Name, problem, result.IsRecorded));
            }

            progress?.Report(new CatalogScanProgress(place.Name, _read + _others));
        }
    }

    public CatalogScanReport ToReport() => new()
    {
        Read = _read,
        Added = _added,
        NotBundles = _others,
        Problems = [.. _problems.OrderBy(problem => problem.Store, StringComparer.Ordinal).ThenBy(problem => problem.Name, StringComparer.Ordinal)],
    };
}
