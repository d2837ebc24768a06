using System.Globalization;
using System.IO.Compression;
using Waybill.Fuzz;

// usage: waybill-fuzz VECTORS SECONDS SEED
string[] files = [.. Directory.EnumerateFiles(args[0], "*.waybill*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
byte[][] seeds = [.. files.Select(Read).Where(bytes => bytes.Length > 0)];
int seconds = int.Parse(args[1], CultureInfo.InvariantCulture);
int seed = int.Parse(args[2], CultureInfo.InvariantCulture);
Console.WriteLine($"fuzz: {seeds.Length} seeds, {seconds} s, seed {seed}");
using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
var session = new FuzzSession(seeds, seed, FuzzKeys.Load(args[0]));
long cases = 0;
while (!end.IsCancellationRequested)
{
    if (await session.TryOneAsync(CancellationToken.None) is { } finding)
    {
        string name = $"fuzz-{seed}-{cases}.waybill";
        await File.WriteAllBytesAsync(name, finding.Mutant);
        Console.WriteLine($"fuzz: case {cases} of seed {seed}, saved as {name}: {finding.Problem}");
        return 1;
    }

    cases++;
}

Console.WriteLine($"fuzz: {cases} cases, {cases / Math.Max(1, seconds)} a second, {session.Valid} still valid, nothing found");
return 0;

static byte[] Read(string path)
{
    using FileStream file = File.OpenRead(path);
    using Stream content = path.EndsWith(".z", StringComparison.Ordinal) ? new ZLibStream(file, CompressionMode.Decompress) : file;
    var bytes = new MemoryStream();
    content.CopyTo(bytes);
    return bytes.Length <= 4 * 1024 * 1024 ? bytes.ToArray() : [];
}
