using Waybill.Vectors;
using Waybill.Vectors.Cases;

const string Usage =
    """
    usage: Waybill.Vectors [--force] DIRECTORY    writes the vectors that are missing; --force replaces those that differ
           Waybill.Vectors --check DIRECTORY      only compares
           Waybill.Vectors --hexdump FILE         puts the smallest bundle into the specification
    """;

string? directory = args.LastOrDefault(a => !a.StartsWith("--", StringComparison.Ordinal));
if (args is ["--hexdump", var document])
{
    string dump = HexDump.Of(VectorCatalog.All.Single(v => v.Path == "v1/smallest").Make().Bytes);
    File.WriteAllText(document, HexDump.Insert(File.ReadAllText(document), "smallest", dump));
    return 0;
}

if (directory is null || args.Any(a => a.StartsWith("--", StringComparison.Ordinal) && a is not ("--force" or "--check")))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

IReadOnlyList<string> differences = new VectorFolder(directory).Synchronize(VectorCatalog.All, write: !args.Contains("--check"), force: args.Contains("--force"));
foreach (string difference in differences)
{
    Console.Error.WriteLine(difference);
}

if (differences.Count > 0)
{
    Console.Error.WriteLine("A vector of a released version never changes. Before its release, --force replaces it.");
    return 1;
}

Console.WriteLine($"{VectorCatalog.All.Count} vectors");
return 0;
