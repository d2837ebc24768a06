namespace Waybill.Repository.Tests.Documentation;

[Collection(PackagedWaybillGroup.Name)]
public sealed class DocumentTests(PackagedWaybill waybill)
{
    [Theory]
    [MemberData(nameof(Documents))]
    public async Task EveryCodeBlock_Runs(string document)
    {
        DocumentedCode code = new(waybill, document);
        foreach (CodeBlock block in CodeBlock.Parse(RepositoryFiles.Read(document)).Where(DocumentedCode.IsRun))
        {
            await code.RunAsync(block);
        }
    }

    [Fact]
    public async Task FreshProject_OutsideTheRepository_RunsTheReadmesFirstProgram()
    {
        CodeBlock first = CodeBlock.Parse(RepositoryFiles.Read("README.md")).First(block => block.Language == "csharp");
        // Only what the program says it uses; that a package brings what it needs itself is part of the test.
        string[] packages = [.. SourceProjects.All().Where(project => first.Text.Contains($"using {project};\n", StringComparison.Ordinal))];
        string project = await waybill.CreateConsoleProjectAsync("readme", packages);

        ProcessResult result = await waybill.BuildAndRunAsync(project, first.Text, waybill.CreateDirectory("readme-run"));

        result.ThrowIfFailed();
        Assert.NotNull(first.ExpectedOutput);
        Assert.True(first.Promised(result.Output), $"--- shown\n{first.ExpectedOutput}\n--- printed\n{result.Output}");
    }

    public static TheoryData<string> Documents() =>
    [
        "README.md",
        .. Directory.GetFiles(RepositoryFiles.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryFiles.Root, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(path => path.StartsWith("docs/guide/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];
}
