using System.Text;
using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests;

public sealed partial class CommittedTextTests
{
    [Fact]
    public async Task Files_NameNoPath_OfTheMachineTheyWereWrittenOn()
    {
        List<string> offences = [];
        foreach (string path in await RepositoryFiles.AllAsync())
        {
            byte[] bytes = await File.ReadAllBytesAsync(RepositoryFiles.PathOf(path));
            offences.AddRange(MachinePath().Matches(Encoding.Latin1.GetString(bytes)).Select(match => $"{path}: {match.Value}"));
        }

        Offences.MustBeNone(offences);
    }

    [Fact]
    public async Task TextFiles_HaveUnixLineEnds_AndEndWithOne()
    {
        List<string> offences = [];
        foreach (string path in (await RepositoryFiles.AllAsync()).Where(path => Path.GetExtension(path) is ".cs" or ".md" or ".csproj" or ".props" or ".proto"))
        {
            string text = RepositoryFiles.Read(path);
            if (text.Contains('\r', StringComparison.Ordinal) || (text.Length > 0 && !text.EndsWith('\n')))
            {
                offences.Add(path);
            }
        }

        Offences.MustBeNone(offences);
    }

    [Theory]
    [InlineData("/wor" + "k/", true)]
    [InlineData("see /roo" + "t/x", true)]
    [InlineData("\"/hom" + "e/ann/", true)]
    [InlineData(@"C:\User" + @"s\ann", true)]
    [InlineData("https://example.org/work/", false)]
    [InlineData("network/root/", false)]
    public void MachinePath_Recognises(string text, bool expected) => Assert.Equal(expected, MachinePath().IsMatch(text));

    [GeneratedRegex(@"(?<![\w./-])/(?:work|root|home/\w+|Users/\w+)/|\b[A-Za-z]:\\Users\\")]
    private static partial Regex MachinePath();
}
