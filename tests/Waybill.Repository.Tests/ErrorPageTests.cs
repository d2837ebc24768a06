using System.Globalization;
using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests;

public sealed partial class ErrorPageTests
{
    private static readonly string[] s_codes = [.. Enum.GetValues<WaybillErrorCode>().Select(Code)];

    [Fact]
    public void EveryCode_HasAPage_AndEveryPageACode()
    {
        string[] pages = [.. Directory.GetFiles(RepositoryFiles.PathOf("docs/errors"), "WB*.md").Select(path => Path.GetFileNameWithoutExtension(path))];

        Assert.Equal(s_codes.Order(StringComparer.Ordinal), pages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryPage_NamesItsCode_AndSaysWhatToDo()
    {
        List<string> offences = [];
        foreach (WaybillErrorCode code in Enum.GetValues<WaybillErrorCode>())
        {
            string text = RepositoryFiles.Read($"docs/errors/{Code(code)}.md");
            if (!Regex.IsMatch(text, $@"\A# {Code(code)}: \S[^\n]*\n\n`WaybillErrorCode\.{code}`\n"))
            {
                offences.Add($"{Code(code)}.md does not start with \"# {Code(code)}: …\" and `WaybillErrorCode.{code}`");
            }

            offences.AddRange(((string[])["Meaning", "Causes", "What to do"])
                .Where(heading => !Regex.IsMatch(text, $@"^## {heading}\n\n\S", RegexOptions.Multiline))
                .Select(heading => $"{Code(code)}.md has nothing under \"## {heading}\""));
        }

        Offences.MustBeNone(offences);
    }

    [Fact]
    public void Index_ListsEveryPage_UnderItsTitle()
    {
        string index = RepositoryFiles.Read("docs/errors/README.md");

        Offences.MustBeNone(
            from code in s_codes
            let title = RepositoryFiles.Read($"docs/errors/{code}.md").Split('\n')[0][$"# {code}: ".Length..]
            where !index.Contains($"| [{code}]({code}.md) | {title} |\n", StringComparison.Ordinal)
            select $"{code}: {title}");
    }

    [Fact]
    public async Task CodesNamedInDocuments_Exist()
    {
        List<string> unknown = [];
        foreach (string path in await RepositoryFiles.WithExtensionAsync(".md"))
        {
            unknown.AddRange(CodeText().Matches(RepositoryFiles.Read(path))
                .Select(match => match.Value).Except(s_codes).Select(code => $"{path}: {code}"));
        }

        Offences.MustBeNone(unknown);
    }

    [Fact]
    public void Codes_AreDistinct_AndHaveFourDigits()
    {
        Assert.Equal(s_codes.Length, s_codes.Distinct().Count());
        Assert.All(Enum.GetValues<WaybillErrorCode>(), code => Assert.InRange((int)code, 1000, 9999));
    }

    private static string Code(WaybillErrorCode code) => "WB" + ((int)code).ToString("D4", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\bWB\d{4}\b")]
    private static partial Regex CodeText();
}
