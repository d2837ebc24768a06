using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests;

public sealed partial class SolutionTests
{
    [Fact]
    public async Task Solution_Lists_ExactlyTheProjectsOfTheRepository()
    {
        string[] listed = [.. ProjectPath().Matches(RepositoryFiles.Read("Sdk.sln")).Select(match => match.Groups[1].Value.Replace('\\', '/'))];

        Assert.Equal(await RepositoryFiles.WithExtensionAsync(".csproj"), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Solution_EveryProject_IsBuiltInEveryConfiguration()
    {
        string solution = RepositoryFiles.Read("Sdk.sln");
        foreach (Match project in ProjectId().Matches(solution))
        {
            foreach (string configuration in (string[])["Debug", "Release"])
            {
                string line = $"{project.Groups[2].Value}.{configuration}|Any CPU.Build.0 = {configuration}|Any CPU";
                Assert.True(solution.Contains(line, StringComparison.Ordinal), $"{project.Groups[1].Value} is not built in {configuration}.");
            }
        }
    }

    [GeneratedRegex("""= "[^"]+", "([^"]+\.csproj)",""")]
    private static partial Regex ProjectPath();

    [GeneratedRegex("""= "[^"]+", "([^"]+\.csproj)", "(\{[0-9A-Fa-f-]+\})""")]
    private static partial Regex ProjectId();
}
