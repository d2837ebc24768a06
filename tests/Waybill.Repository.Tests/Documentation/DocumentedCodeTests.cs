namespace Waybill.Repository.Tests.Documentation;

[Collection(PackagedWaybillGroup.Name)]
public sealed class DocumentedCodeTests(PackagedWaybill waybill)
{
    [Fact]
    public async Task Blocks_RunInOneDirectory_AndAreCompared()
    {
        DocumentedCode document = new(waybill, "sample.md");

        await document.RunAsync(new CodeBlock("bash", "echo 7 > number; waybill --version > version; test -s version\n", 1, null));
        await document.RunAsync(new CodeBlock(
            "csharp",
            "using Waybill;\nConsole.WriteLine(new ByteRange(0, long.Parse(File.ReadAllText(\"number\"))).End);\n",
            2,
            "7\n"));
    }

    [Theory]
    [InlineData("bash", "false\necho a\n", "a\n")]
    [InlineData("bash", "echo b\n", "a\n")]
    [InlineData("csharp", "Console.WriteLine('b');\n", "a\n")]
    [InlineData("csharp", "return 1;\n", null)]
    [InlineData("csharp", "NoSuchThing();\n", null)]
    public async Task Block_ThatFailsOrPrintsSomethingElse_FailsTheTest(string language, string text, string? expected)
    {
        DocumentedCode document = new(waybill, "sample.md");

        Xunit.Sdk.XunitException failure = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(
            () => document.RunAsync(new CodeBlock(language, text, 12, expected)));
        Assert.StartsWith("sample.md, block in line 12", failure.Message, StringComparison.Ordinal);
    }
}
