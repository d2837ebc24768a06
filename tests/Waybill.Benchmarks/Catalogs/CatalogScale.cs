using System.Diagnostics;
using System.Globalization;
using Waybill.Bundles;
using Waybill.Catalog;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>Fills a catalog with a fleet and measures what people wait for. Prints rows for docs/performance.md.</summary>
internal static class CatalogScale
{
    private const int Repeats = 15;

    /// <summary>Gets what is searched for.</summary>
    public static (string What, CatalogSearch Search)[] Searches { get; } =
    [
        ("one application by name", new CatalogSearch("invoice-archive-000") { Kinds = [FactKind.Name], Limit = 20 }),
        ("a fragment that few have, everywhere", new CatalogSearch("pvc-777") { Limit = 100 }),
        ("a fragment that nearly all have", new CatalogSearch("production") { Limit = 100 }),
        ("a fragment that nobody has", new CatalogSearch("no such thing") { Limit = 100 }),
        ("one revision of one application", new CatalogSearch("000042-revision-7-1") { Limit = 100 }),
        ("one file", new CatalogSearch("000042-0123.dat") { Limit = 100 }),
        ("a fragment that many files have", new CatalogSearch("2007/") { Limit = 100 }),
        ("a tag at a time", new CatalogSearch("team=team-042") { Limit = 100, From = new Timestamp(1_700_300_000, 0), To = new Timestamp(1_700_300_000, 0) }),
    ];

    /// <summary>Does one part of the work, each of which is a process of its own, so that its memory is its own: fill, bulk, measure.</summary>
    public static async Task<int> RunAsync(string[] options)
    {
        int points = Number(options, "--points", 1_000_000);
        string directory = Text(options, "--directory") ?? Directory.CreateTempSubdirectory("waybill-catalog-bench-").FullName;
        string? server = Text(options, "--catalog");
        string location = server ?? Path.Combine(directory, "catalog.db");
        Console.WriteLine($"| work | {(server is null ? "SQLite" : "PostgreSQL")} |\n|---|---|");
        switch (Text(options, "--part"))
        {
            case "bulk":
                await BulkAsync(location, points, directory, server);
                break;
            case "measure":
                await MeasureAsync(location, directory, server);
                break;
            default:
                await FillAsync(location, Math.Min(points, Number(options, "--single", 20_000)), TimeSpan.FromMinutes(Number(options, "--minutes", 5)));
                break;
        }

        return 0;
    }

    private static async Task FillAsync(string location, int points, TimeSpan limit)
    {
        await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
        long start = Stopwatch.GetTimestamp();
        int application = 0;
        TimeSpan files = TimeSpan.Zero;
        for (; application * Fleet.PointsPerApplication < points && Stopwatch.GetElapsedTime(start) < limit; application++)
        {
            files += await CatalogFill.AddAsync(catalog, application);
        }

        TimeSpan all = Stopwatch.GetElapsedTime(start);
        int made = application * Fleet.PointsPerApplication;
        Row("the first points, each with its facts, one by one", string.Create(CultureInfo.InvariantCulture, $"{made / (all - files).TotalSeconds:N0} a second, {made:N0} points"));
        Row("names of their files, seen twice", string.Create(CultureInfo.InvariantCulture, $"{2L * application * Fleet.FilesPerApplication / files.TotalSeconds:N0} a second"));
        Row("peak memory of the process that added them", PeakMemory());
    }

    private static async Task BulkAsync(string location, int points, string directory, string? server)
    {
        const int Checked = 20;
        long rows = await BulkCheck.RunAsync(directory, server, Checked);
        Row("applications filled one by one and in bulk, compared", string.Create(CultureInfo.InvariantCulture, $"{Checked}: all {rows:N0} rows the same"));
        long start = Stopwatch.GetTimestamp();
        int applications = points / Fleet.PointsPerApplication;
        await BulkFill.RunAsync(location, applications, new Reports(applications));
        Row("all other points in bulk, with the making of the indexes", string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(start).TotalMinutes:F1} min"));
    }

    private static async Task MeasureAsync(string location, string directory, string? server)
    {
        await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
        await ScanAsync(catalog, directory, server);
        await AddTreesAsync(catalog, directory);
        foreach ((string what, CatalogSearch search) in Searches)
        {
            await MeasureAsync($"search: {what}", async () => (await catalog.SearchAsync(search)).Hits.Length);
        }

        await MeasureAsync("the life of one application", async () => (await catalog.GetLifeAsync(Fleet.IdOf(42)))!.Points.Length);
        await MeasureAsync("where a volume is", async () => (await catalog.FindVolumesAsync("pvc-42")).Count);
        await MeasureAsync("a logical name", async () => (await catalog.ResolveAsync(LogicalName.Parse($"/*/*/{Fleet.NameOf(42)}"))).Parents.Length);
        await MeasureAsync("counts", async () => (int)(await catalog.GetStatisticsAsync()).Applications, repeats: 3);
        Row("peak memory of the process", PeakMemory());
        await CountAsync(location);
    }

    // Counted by the database, when all is done.
    private static async Task CountAsync(string location)
    {
        using BulkTarget target = BulkTarget.Open(location);
        long points = await target.NumberAsync("SELECT count(*) FROM point");
        long applications = await target.NumberAsync("SELECT count(*) FROM application");
        long files = await target.NumberAsync("SELECT count(*) FROM file");
        long tags = await target.NumberAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM point_fact x JOIN fact f ON f.id = x.fact WHERE f.kind = {(int)FactKind.Tag}"));
        Row("what it holds", string.Create(CultureInfo.InvariantCulture, $"{points:N0} points of {applications:N0} applications, {tags:N0} tags, {files:N0} names of files"));
        long bytes = BundleCatalog.IsDatabase(location) ? await target.NumberAsync("SELECT pg_database_size(current_database())") : new FileInfo(location).Length;
        Row("size of the database", string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:N0} MiB"));
    }

    // Three trees: the first finds the least in memory.
    private static async Task AddTreesAsync(BundleCatalog catalog, string directory)
    {
        const int Trees = 3;
        var times = new List<TimeSpan>();
        for (int number = 0; number < Trees; number++)
        {
            string tree = Path.Combine(directory, "tree");
            for (int i = 0; i < 10_000; i++)
            {
                string file = Path.Combine(tree, string.Create(CultureInfo.InvariantCulture, $"part-{i / 250}"), string.Create(CultureInfo.InvariantCulture, $"document-{number}-{i}.txt"));
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllTextAsync(file, "");
            }

            string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"tree-{number}.waybill"));
            await WriteAsync(path, "tree of ten thousand", async writer =>
            {
                await using DirectoryTreeSource source = DirectoryTreeSource.Open(tree);
                await writer.AddFileTreeAsync("documents", source);
            });
            long start = Stopwatch.GetTimestamp();
            await new CatalogScanner(catalog, new CatalogScanOptions { Depth = CatalogDepth.Files }).AddAsync([path]);
            times.Add(Stopwatch.GetElapsedTime(start));
            Directory.Delete(tree, recursive: true);
        }

        Row("adding a point of 10 000 files", string.Join(", ", times.Select(Time)));
    }

    // A catalog of its own: what is asked is how quickly one is made anew of bundles. Then into the full one.
    private static async Task ScanAsync(BundleCatalog catalog, string directory, string? server)
    {
        const int Bundles = 1_000;
        string store = Directory.CreateDirectory(Path.Combine(directory, "store")).FullName;
        const int Others = 500_000;
        for (int i = Others; i < Others + Bundles; i++)
        {
            await WriteAsync(Path.Combine(store, $"{i}.waybill"), Fleet.NameOf(i), _ => Task.CompletedTask, Fleet.Point(i, 0));
        }

        await using BundleCatalog fresh = await BundleCatalog.OpenAsync(await BulkCheck.NewAsync(directory, server, "fresh"));
        foreach ((string what, BundleCatalog target) in ((string, BundleCatalog)[])[("rebuilding from 1 000 bundles on a disk", fresh), ("rebuilding: 1 000 bundles more into the full one", catalog)])
        {
            long start = Stopwatch.GetTimestamp();
            await new CatalogScanner(target).ScanAsync(store);
            Row(what, string.Create(CultureInfo.InvariantCulture, $"{Bundles / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} points a second"));
        }
    }

    private static async Task WriteAsync(string path, string name, Func<BundleWriter, Task> add, BundleManifest? like = null)
    {
        await using AtomicOutput output = AtomicOutput.Create(path, durable: false);
        var description = new BundleDescription(new ApplicationIdentity(AppId.New(), name) { Origin = like?.Application.Origin ?? new Origin() }) { Tags = like?.Tags ?? [] };
        await using (BundleWriter writer = await BundleWriter.CreateAsync(output.Stream, description, options: new BundleWriterOptions { LeaveOpen = true, Workers = 1 }))
        {
            await add(writer);
            await writer.CompleteAsync();
        }

        await output.PublishAsync();
    }

    private static async Task MeasureAsync(string what, Func<Task<int>> ask, int repeats = Repeats)
    {
        var times = new List<TimeSpan>();
        int found = 0;
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            found = await ask();
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        times.Sort();
        Row(what, string.Create(CultureInfo.InvariantCulture, $"{Time(times[times.Count / 2])} [{Time(times[0])}-{Time(times[^1])}], {found:N0} found"));
    }

    private static string PeakMemory() => string.Create(CultureInfo.InvariantCulture, $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:N0} MiB");

    private static void Row(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");

    private static string Time(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F1} ms");

    private static int Number(string[] options, string name, int byDefault) => Text(options, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : byDefault;

    private static string? Text(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;

    // On standard error, now and then, as it takes a while.
    private sealed class Reports(int all) : IProgress<int>
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public void Report(int value)
        {
            if (value % 10_000 == 0)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench: {value:N0} of {all:N0} applications after {Stopwatch.GetElapsedTime(_start).TotalMinutes:F1} min"));
            }
        }
    }
}
