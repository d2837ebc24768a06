using System.Text.RegularExpressions;

namespace Waybill.Testing.Tests;

public sealed partial class GuideTests
{
    [Theory]
    [InlineData("conformance.md")]
    [InlineData("csi-conformance.md")]
    public void Guide_Checks_AreThoseOfTheKits(string guide)
    {
        string path = Path.Combine(FindRoot(), "docs", "guide", guide);
        string text = File.ReadAllText(path);

        string expected = Checks().Replace(text, match => $"{match.Groups[1].Value}\n{Table(match.Groups[2].Value)}<!-- end -->");

        if (Environment.GetEnvironmentVariable("WAYBILL_APPROVE") == "1")
        {
            File.WriteAllText(path, expected);
        }
        else
        {
            Assert.Equal(expected, text);
        }
    }

    private static string Table(string kit)
    {
        IEnumerable<Obligation> obligations = kit switch
        {
            nameof(ProviderConformance) => ProviderConformance.Obligations,
            nameof(QuiescerConformance) => QuiescerConformance.Obligations,
            nameof(StoreConformance) => StoreConformance.Obligations,
            nameof(CsiConformance) => CsiConformance.Obligations,
            _ => throw new ArgumentException($"There is no kit {kit}.", nameof(kit)),
        };
        return string.Concat(obligations.Select(obligation => $"| `{obligation.Id}` | {obligation.Text} |\n").Prepend("| check | obligation |\n|---|---|\n"));
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Sdk.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The repository was not found above the tests.");
    }

    [GeneratedRegex(@"(<!-- checks of (\w+) -->)\n[\s\S]*?<!-- end -->")]
    private static partial Regex Checks();
}
