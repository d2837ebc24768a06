using System.Diagnostics;
using System.Globalization;
using Waybill.Bundles;
using Waybill.Catalog;
using Waybill.Catalog.Storage;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>Fills a catalog with a fleet and measures what people wait for. Prints rows for docs/performance.md.</summary>
internal static class CatalogScale
{
    private const int Repeats = 15;

    private static readonly (string What, CatalogSearch Search)[] s_searches =
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

    public static async Task<int> RunAsync(string[] options)
    {
        int points = Number(options, "--points", 100_000);
        int minutes = Number(options, "--minutes", 10);
        string directory = Text(options, "--directory") ?? Directory.CreateTempSubdirectory("waybill-catalog-bench-").FullName;
        string location = Text(options, "--catalog") ?? Path.Combine(directory, "catalog.db");
        await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
        Console.WriteLine($"| work | {(BundleCatalog.IsDatabase(location) ? "PostgreSQL" : "SQLite")} |\n|---|---|");

        await FillAsync(catalog, points, TimeSpan.FromMinutes(minutes));
        await AddTreeAsync(catalog, directory);
        await ScanAsync(directory);
        foreach ((string what, CatalogSearch search) in s_searches)
        {
            await MeasureAsync($"search: {what}", async () => (await catalog.SearchAsync(search)).Hits.Length);
        }

        await MeasureAsync("the life of one application", async () => (await catalog.GetLifeAsync(Fleet.IdOf(42)))!.Points.Length);
        await MeasureAsync("where a volume is", async () => (await catalog.FindVolumesAsync("pvc-42")).Count);
        await MeasureAsync("a logical name", async () => (await catalog.ResolveAsync(LogicalName.Parse($"/*/*/{Fleet.NameOf(42)}"))).Parents.Length);
        await MeasureAsync("counts", async () => (int)(await catalog.GetStatisticsAsync()).Applications, repeats: 1);
        if (!BundleCatalog.IsDatabase(location))
        {
            Row("size of the file", string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(location).Length / 1048576.0:N0} MiB"));
        }

        Row("peak memory of the process", string.Create(CultureInfo.InvariantCulture, $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:N0} MiB"));
        return 0;
    }

    private static async Task FillAsync(BundleCatalog catalog, int points, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        int application = 0;
        TimeSpan files = TimeSpan.Zero;
        for (; application * Fleet.PointsPerApplication < points && Stopwatch.GetElapsedTime(start) < limit; application++)
        {
            for (int number = 0; number < Fleet.PointsPerApplication; number++)
            {
                BundleManifest manifest = Fleet.Point(application, number);
                var copy = new CopyRow("/store", $"{manifest.Application.Name}-{manifest.Id}.waybill", 1 << 27) { Manifest = manifest };
                PointRow point = (await catalog.Database.WriteAsync(session => CatalogWriter.WriteCopyAsync(session, copy, 1, CancellationToken.None), CancellationToken.None))!;
                if (number is 0 or Fleet.PointsPerApplication - 1)
                {
                    long before = Stopwatch.GetTimestamp();
                    FileTreeEntry[] entries = [.. Fleet.Files(application, number)];
                    await catalog.Database.WriteAsync(
                        async session =>
                        {
                            await FileWriter.WriteAsync(session, point.Streams[2], manifest.Created, entries, CancellationToken.None);
                            return 0;
                        },
                        CancellationToken.None);
                    files += Stopwatch.GetElapsedTime(before);
                }
            }
        }

        TimeSpan all = Stopwatch.GetElapsedTime(start);
        int made = application * Fleet.PointsPerApplication;
        Row("what it holds", string.Create(CultureInfo.InvariantCulture, $"{made:N0} points of {application:N0} applications, {(long)made * Fleet.TagsPerPoint:N0} tags, {(long)application * Fleet.FilesPerApplication:N0} names of files"));
        Row("points, each with its facts, one by one", string.Create(CultureInfo.InvariantCulture, $"{made / (all - files).TotalSeconds:N0} a second"));
        Row("names of files, seen twice", string.Create(CultureInfo.InvariantCulture, $"{2L * application * Fleet.FilesPerApplication / files.TotalSeconds:N0} a second"));
    }

    private static async Task AddTreeAsync(BundleCatalog catalog, string directory)
    {
        string tree = Path.Combine(directory, "tree");
        for (int i = 0; i < 10_000; i++)
        {
            string file = Path.Combine(tree, string.Create(CultureInfo.InvariantCulture, $"part-{i / 250}"), string.Create(CultureInfo.InvariantCulture, $"document-{i}.txt"));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "");
        }

        string path = Path.Combine(directory, "tree.waybill");
        await WriteAsync(path, "tree of ten thousand", async writer =>
        {
            await using DirectoryTreeSource source = DirectoryTreeSource.Open(tree);
            await writer.AddFileTreeAsync("documents", source);
        });
        long start = Stopwatch.GetTimestamp();
        await new CatalogScanner(catalog, new CatalogScanOptions { Depth = CatalogDepth.Files }).AddAsync([path]);
        Row("adding a point of 10 000 files", Time(Stopwatch.GetElapsedTime(start)));
        Directory.Delete(tree, recursive: true);
    }

    // A catalog of its own: what is asked is how quickly one is made anew of bundles.
    private static async Task ScanAsync(string directory)
    {
        const int Bundles = 1_000;
        string store = Directory.CreateDirectory(Path.Combine(directory, "store")).FullName;
        for (int i = 0; i < Bundles; i++)
        {
            await WriteAsync(Path.Combine(store, $"{i}.waybill"), Fleet.NameOf(i), _ => Task.CompletedTask, Fleet.Point(i, 0));
        }

        await using BundleCatalog fresh = await BundleCatalog.OpenAsync(Path.Combine(directory, "fresh.db"));
        long start = Stopwatch.GetTimestamp();
        await new CatalogScanner(fresh).ScanAsync(store);
        Row("rebuilding from 1 000 bundles on a disk (SQLite)", string.Create(CultureInfo.InvariantCulture, $"{Bundles / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} points a second"));
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

    private static void Row(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");

    private static string Time(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F1} ms");

    private static int Number(string[] options, string name, int byDefault) => Text(options, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : byDefault;

    private static string? Text(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;
}
