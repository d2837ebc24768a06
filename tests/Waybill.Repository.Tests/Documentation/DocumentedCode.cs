namespace Waybill.Repository.Tests.Documentation;

/// <summary>
/// Runs the code blocks of one document in their order and in one directory, so that a block may use the files an earlier one left.
/// A <c>csharp</c> block is a whole program; a <c>bash</c> block stops at its first failure and finds <c>waybill</c> on its path.
/// </summary>
internal sealed class DocumentedCode(PackagedWaybill waybill, string document)
{
    private readonly string _directory = waybill.CreateDirectory("document");

    /// <summary>Runs one block; fails with everything it printed if it fails or prints something else than the document shows.</summary>
    public async Task RunAsync(CodeBlock block)
    {
        string where = $"{document}, block in line {block.Line}";
        ProcessResult result;
        try
        {
            result = block.Language == "csharp" ? await RunProgramAsync(block.Text) : await RunScriptAsync(block.Text);
            result.ThrowIfFailed();
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            Assert.Fail($"{where}: {failure.Message}");
            return;
        }

        if (!block.Promised(result.Output))
        {
            Assert.Fail($"{where} does not print what the document shows.\n--- shown\n{block.ExpectedOutput}\n--- printed\n{result.Output}");
        }
    }

    /// <summary>Tells whether a block of this language is meant to be run; others show files, output or commands that need a person.</summary>
    public static bool IsRun(CodeBlock block) => block.Language is "csharp" or "bash";

    private async Task<ProcessResult> RunProgramAsync(string text)
    {
        return await waybill.BuildAndRunAsync(await waybill.SampleProjectAsync(), text, _directory);
    }

    private async Task<ProcessResult> RunScriptAsync(string text)
    {
        string script = Path.Combine(waybill.CreateDirectory("script"), "block");
        await File.WriteAllTextAsync(script, text);
        return await ProcessRun.RunAsync("bash", ["-euo", "pipefail", script], _directory, waybill.Environment);
    }
}
