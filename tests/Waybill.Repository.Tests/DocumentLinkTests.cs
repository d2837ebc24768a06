using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests;

public sealed partial class DocumentLinkTests
{
    [Fact]
    public async Task Links_ToFilesOfTheRepository_LeadSomewhere()
    {
        List<string> dead = [];
        foreach (string path in await RepositoryFiles.WithExtensionAsync(".md"))
        {
            string directory = Path.GetDirectoryName(RepositoryFiles.PathOf(path))!;
            dead.AddRange(Targets(RepositoryFiles.Read(path))
                .Where(target => !Path.Exists(Path.Combine(directory, target)))
                .Select(target => $"{path}: {target}"));
        }

        Offences.MustBeNone(dead);
    }

    [Fact]
    public void Targets_OfProseOnly_WithoutFragmentsAndAddresses()
    {
        const string Text = "[a](b.md#c) [d](https://e) [f](#g)\n```\n[h](i.md)\n```\n`[j](k.md)` [l](m/n.md)";

        Assert.Equal(["b.md", "m/n.md"], Targets(Text));
    }

    private static IEnumerable<string> Targets(string markdown) =>
        Link().Matches(Code().Replace(markdown, ""))
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains(':', StringComparison.Ordinal))
            .Select(target => target.Split('#')[0])
            .Where(target => target.Length > 0);

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]+`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();
}
