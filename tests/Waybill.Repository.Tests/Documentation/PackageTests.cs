using System.IO.Compression;
using System.Reflection.Metadata;
using System.Xml.Linq;

namespace Waybill.Repository.Tests.Documentation;

[Collection(PackagedWaybillGroup.Name)]
public sealed class PackageTests(PackagedWaybill waybill)
{
    [Fact]
    public void EveryProject_IsPacked_WithSymbols()
    {
        IEnumerable<string> expected = SourceProjects.All().SelectMany(project => (string[])[$"{project}.{waybill.Version}.nupkg", $"{project}.{waybill.Version}.snupkg"]);

        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            Directory.GetFiles(waybill.Packages).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(SourceProjects.Names), MemberType = typeof(SourceProjects))]
    public void Package_SaysWhatItIs(string project)
    {
        using ZipArchive package = Open(project, ".nupkg");
        XElement metadata = Metadata(package);

        Assert.Equal("Apache-2.0", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.True(Value(metadata, "description")?.Length > 20, "The description says nothing.");
        Assert.NotNull(metadata.Elements().Single(element => element.Name.LocalName == "repository").Attribute("commit"));
        using StreamReader readme = new(package.GetEntry("README.md")!.Open());
        Assert.StartsWith($"# {project}\n", readme.ReadToEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SourceProjects.Libraries), MemberType = typeof(SourceProjects))]
    public void LibraryPackage_HoldsOneDocumentedAssembly_AndNoBuildDependency(string project)
    {
        using ZipArchive package = Open(project, ".nupkg");

        Assert.Equal(
            [$"lib/net10.0/{SourceProjects.AssemblyName(project)}.dll", $"lib/net10.0/{SourceProjects.AssemblyName(project)}.xml"],
            package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(
            Metadata(package).Descendants().Where(element => element.Name.LocalName == "dependency"),
            element => element.Attribute("id")!.Value is "Grpc.Tools" or "Microsoft.CodeAnalysis.BannedApiAnalyzers");
    }

    [Theory]
    [MemberData(nameof(SourceProjects.Libraries), MemberType = typeof(SourceProjects))]
    public void Symbols_NameSources_RelativeToTheRepository(string project)
    {
        using ZipArchive package = Open(project, ".snupkg");
        using MemoryStream symbols = new();
        using (Stream entry = package.GetEntry($"lib/net10.0/{SourceProjects.AssemblyName(project)}.pdb")!.Open())
        {
            entry.CopyTo(symbols);
        }

        symbols.Position = 0;
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(symbols);
        MetadataReader reader = provider.GetMetadataReader();

        string[] sources = [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.StartsWith("/_", source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task FreshProject_WithEveryLibrary_BuildsWithoutWarnings_AndLoadsThem()
    {
        string[] libraries = [.. SourceProjects.All().Where(project => !SourceProjects.IsTool(project)).Select(SourceProjects.AssemblyName)];
        string project = await waybill.SampleProjectAsync();
        string program = string.Concat(libraries.Select(library => $"Console.WriteLine(System.Reflection.Assembly.Load(\"{library}\").GetName().Name);\n"));

        ProcessResult result = await waybill.BuildAndRunAsync(project, program, project);

        result.ThrowIfFailed();
        Assert.Equal(libraries, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task InstalledTool_TellsItsVersion()
    {
        ProcessResult result = await ProcessRun.RunAsync("bash", ["-c", "waybill --version"], waybill.CreateDirectory("tool"), waybill.Environment);

        result.ThrowIfFailed();
        Assert.Contains(waybill.Version, result.Output, StringComparison.Ordinal);
    }

    private ZipArchive Open(string project, string extension) => ZipFile.OpenRead(Path.Combine(waybill.Packages, $"{project}.{waybill.Version}{extension}"));

    private static XElement Metadata(ZipArchive package)
    {
        using Stream stream = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    private static string? Value(XElement metadata, string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
}
