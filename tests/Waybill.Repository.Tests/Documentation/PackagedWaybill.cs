using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Waybill.Repository.Tests.Documentation;

/// <summary>
/// Waybill as a stranger gets it: packages in a folder outside the repository, with the tool installed from them.
/// Third-party packages come from the sources this machine has; Waybill's own can only come from the folder.
/// </summary>
public sealed partial class PackagedWaybill : IAsyncLifetime
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("waybill-packages-");
    private string? _sampleProject;

    internal string Packages => Path.Combine(_root.FullName, "packages");

    internal string Version { get; private set; } = "";

    /// <summary>Gets what a process needs in its environment to use the packages and to find the command on its path.</summary>
    internal IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        // A cache of its own: the machine's would hand out what an earlier build left there under the same version.
        ["NUGET_PACKAGES"] = Path.Combine(_root.FullName, "cache"),
        ["PATH"] = Path.Combine(_root.FullName, "tools") + Path.PathSeparator + System.Environment.GetEnvironmentVariable("PATH"),
    };

    public async Task InitializeAsync()
    {
        (await ProcessRun.RunAsync("bash", ["build/pack", Packages], RepositoryFiles.Root, limit: TimeSpan.FromMinutes(10))).ThrowIfFailed();
        Version = Path.GetFileName(Directory.GetFiles(Packages, "Waybill.Abstractions.*.nupkg").Single())["Waybill.Abstractions.".Length..^".nupkg".Length];
        await WriteSourcesAsync();
        (await DotnetAsync(_root.FullName, "tool", "install", "Waybill.Cli", "--version", Version, "--tool-path", Path.Combine(_root.FullName, "tools")))
            .ThrowIfFailed();
    }

    public Task DisposeAsync()
    {
        _root.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Creates an empty directory below the one that makes the packages known.</summary>
    internal string CreateDirectory(string name) => _root.CreateSubdirectory($"work/{name}-{Guid.NewGuid():N}").FullName;

    /// <summary>Creates a console project as <c>dotnet new console</c> does, with references to the given packages, and restores it.</summary>
    internal async Task<string> CreateConsoleProjectAsync(string name, IEnumerable<string> packages)
    {
        string directory = CreateDirectory(name);
        XElement project = new(
            "Project",
            new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement(
                "PropertyGroup",
                new XElement("OutputType", "Exe"),
                new XElement("TargetFramework", "net10.0"),
                new XElement("ImplicitUsings", "enable"),
                new XElement("Nullable", "enable"),
                new XElement("TreatWarningsAsErrors", "true"),
                new XElement("WarningsNotAsErrors", "NU1900;NU1901;NU1902;NU1903;NU1904")),
            new XElement(
                "ItemGroup",
                packages.Select(package => new XElement("PackageReference", new XAttribute("Include", package), new XAttribute("Version", Version)))));
        await File.WriteAllTextAsync(Path.Combine(directory, "sample.csproj"), project.ToString());
        (await DotnetAsync(directory, "restore")).ThrowIfFailed();
        return directory;
    }

    /// <summary>Gives the one project, with references to every library, in which programs of documents are built one after the other.</summary>
    internal async Task<string> SampleProjectAsync() =>
        _sampleProject ??= await CreateConsoleProjectAsync("sample", SourceProjects.All().Where(project => !SourceProjects.IsTool(project)));

    /// <summary>Builds a program in such a project and runs it in the given directory.</summary>
    internal async Task<ProcessResult> BuildAndRunAsync(string project, string program, string workingDirectory)
    {
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), program);
        (await DotnetAsync(project, "build", "--no-restore", "-v", "q", "--nologo", "--disable-build-servers", "-o", "out")).ThrowIfFailed();
        return await DotnetAsync(workingDirectory, Path.Combine(project, "out", "sample.dll"));
    }

    internal Task<ProcessResult> DotnetAsync(string directory, params string[] arguments) =>
        ProcessRun.RunAsync("dotnet", arguments, directory, Environment);

    private async Task WriteSourcesAsync()
    {
        ProcessResult listed = await DotnetAsync(_root.FullName, "nuget", "list", "source");
        listed.ThrowIfFailed();
        XElement[] others = [.. EnabledSource().Matches(listed.Output).Select(match => SourceMapping(match.Groups[1].Value, "*"))];
        XElement configuration = new(
            "configuration",
            new XElement("packageSources", new XElement("add", new XAttribute("key", "waybill-built-here"), new XAttribute("value", Packages))),
            new XElement("packageSourceMapping", SourceMapping("waybill-built-here", "Waybill", "Waybill.*"), others));
        await File.WriteAllTextAsync(Path.Combine(_root.FullName, "nuget.config"), configuration.ToString());
    }

    private static XElement SourceMapping(string source, params string[] patterns) =>
        new("packageSource", new XAttribute("key", source), patterns.Select(pattern => new XElement("package", new XAttribute("pattern", pattern))));

    [GeneratedRegex(@"^\s*\d+\.\s+(.+?) \[Enabled\]", RegexOptions.Multiline)]
    private static partial Regex EnabledSource();
}
