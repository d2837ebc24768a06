using System.Reflection;
using System.Xml.Linq;

namespace Waybill.Repository.Tests;

/// <summary>The projects under src/ and the assemblies they make. A project that is added there is tested without being named here.</summary>
public static class SourceProjects
{
    public static TheoryData<string> Names() => [.. All()];

    /// <summary>Lists the projects whose packages are referenced by other programs, as opposed to tools.</summary>
    public static TheoryData<string> Libraries() => [.. All().Where(project => !IsTool(project))];

    public static TheoryData<string> Tools() => [.. All().Where(IsTool)];

    internal static string[] All() =>
    [
        .. Directory.EnumerateFiles(RepositoryFiles.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Order(StringComparer.Ordinal),
    ];

    internal static bool IsTool(string project) => Property(project, "PackAsTool") == "true";

    internal static Assembly Load(string project) => Assembly.Load(AssemblyName(project));

    internal static string AssemblyName(string project) => Property(project, "AssemblyName") ?? project;

    private static string? Property(string project, string name) =>
        XDocument.Load(RepositoryFiles.PathOf($"src/{project}/{project}.csproj")).Descendants(name).LastOrDefault()?.Value;
}
