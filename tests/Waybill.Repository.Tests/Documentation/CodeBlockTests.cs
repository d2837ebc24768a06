namespace Waybill.Repository.Tests.Documentation;

public sealed class CodeBlockTests
{
    [Fact]
    public void Parse_Document_GivesBlocksInOrder_WithTheirOutput()
    {
        const string Text = "# a\n\n```bash\nls\n```\n\nprints\n\n```output\nb\n```\n```\nplain\n```\n```csharp\n\n// ``` inside\nint i;\n```\n";

        Assert.Equal(
            [
                new CodeBlock("bash", "ls\n", 3, "b\n"),
                new CodeBlock("", "plain\n", 12, null),
                new CodeBlock("csharp", "\n// ``` inside\nint i;\n", 15, null),
            ],
            CodeBlock.Parse(Text));
    }

    [Fact]
    public void Parse_BlockWithoutEnd_IsRefused() => Assert.Throws<FormatException>(() => CodeBlock.Parse("```bash\nls\n"));

    [Theory]
    [InlineData("a\nb\n", "a\nb\n", true)]
    [InlineData("a\nb\n", "a\nb  \n\n", true)]
    [InlineData("a\nb\n", "a\nc\n", false)]
    [InlineData("a\nb\n", "a\nb\nc\n", false)]
    [InlineData("took … s (…)\n", "took 0.3 s (12 MiB)\n", true)]
    [InlineData("took … s\n", "took 0.3\n s\n", false)]
    [InlineData("a\n…\nd\n", "a\nb\nc\nd\n", true)]
    [InlineData("a\n…\nd\n", "a\nd\n", true)]
    [InlineData("a\n…\nd\n", "a\nb\nc\n", false)]
    [InlineData("1.5 (x)\n", "1x5 (x)\n", false)]
    public void Promised_Output_IsCompared(string expected, string actual, bool same)
    {
        Assert.Equal(same, new CodeBlock("bash", "", 1, expected).Promised(actual));
    }
}
