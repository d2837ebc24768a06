using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Waybill.Repository.Tests;

public sealed partial class DependencyTests
{
    private static readonly string[] s_versions = [.. XDocument.Load(RepositoryFiles.PathOf("Directory.Packages.props"))
        .Descendants("PackageVersion").Select(element => element.Attribute("Include")!.Value)];

    [Fact]
    public void EveryPackage_IsExplained()
    {
        HashSet<string> explained = [.. TableRow().Matches(RepositoryFiles.Read("docs/dependencies.md"))
            .SelectMany(row => row.Groups[1].Value.Split(',')).Select(name => name.Trim())];

        Offences.MustBeNone(s_versions.Except(explained));
    }

    [Fact]
    public async Task EveryPackage_IsUsed()
    {
        HashSet<string> used = [];
        foreach (string path in (await RepositoryFiles.AllAsync()).Where(path => Path.GetExtension(path) is ".csproj" or ".props" or ".targets"))
        {
            used.UnionWith(XDocument.Load(RepositoryFiles.PathOf(path)).Descendants("PackageReference").Select(element => element.Attribute("Include")!.Value));
        }

        Offences.MustBeNone(s_versions.Except(used));
    }

    [Fact]
    public void NugetConfig_LeavesTheChoiceOfSources_ToTheMachine()
    {
        Assert.Empty(XDocument.Load(RepositoryFiles.PathOf("Nuget.config")).Root!.Elements("packageSources"));
    }

    [GeneratedRegex(@"^\| (\w[\w., ]+) \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
