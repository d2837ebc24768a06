namespace Waybill.Repository.Tests;

/// <summary>build/test is worth as much as the line it ends with.</summary>
public sealed class TestSummaryTests : IDisposable
{
    private readonly DirectoryInfo _results = Directory.CreateTempSubdirectory("waybill-results-");

    public void Dispose() => _results.Delete(recursive: true);

    [Theory]
    [InlineData("Passed Passed", "Passed", 0, false, 0, "3 passed, 0 failed, 0 skipped")]
    [InlineData("Passed NotExecuted", "Passed", 0, false, 0, "2 passed, 0 failed, 1 skipped")]
    [InlineData("Passed NotExecuted", "Passed", 0, true, 1, "2 passed, 0 failed, 1 skipped")]
    [InlineData("Passed Failed", "Passed", 1, false, 1, "2 passed, 1 failed, 0 skipped")]
    [InlineData("Passed Error Timeout Aborted", "Passed", 1, false, 1, "2 passed, 3 failed, 0 skipped")]
    [InlineData("Passed", "Passed", 1, false, 1, "2 passed, 1 failed, 0 skipped")]
    [InlineData("Passed Failed", "Passed", 2, false, 1, "2 passed, 2 failed, 0 skipped")]
    [InlineData("NotExecuted", "NotExecuted", 0, false, 1, "0 passed, 0 failed, 2 skipped")]
    public async Task Summary_AddsUp_AllProjects(string first, string second, int failedRuns, bool continuousIntegration, int exitCode, string lastLine)
    {
        await WriteResultsAsync("First.Tests", first);
        await WriteResultsAsync("Second.Tests", second);

        ProcessResult result = await SummariseAsync(failedRuns, continuousIntegration);

        Assert.Equal(lastLine, result.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal(exitCode, result.ExitCode);
    }

    [Fact]
    public async Task Summary_NamesFailures_AndReasonsOfSkips()
    {
        await WriteResultsAsync("First.Tests", "Failed NotExecuted");

        ProcessResult result = await SummariseAsync(failedRuns: 1, continuousIntegration: false);

        Assert.Contains("failed: First.Tests.Test0\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("skipped: First.Tests.Test1: needs: a kernel\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Summary_OfAProjectThatRanNoTest_Fails()
    {
        await WriteResultsAsync("First.Tests", "Passed");
        await WriteResultsAsync("Second.Tests", "");

        ProcessResult result = await SummariseAsync(failedRuns: 0, continuousIntegration: false);

        Assert.Contains("failed: Second.Tests ran no test\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public async Task Summary_WithoutAnyResult_Fails() => Assert.Equal(1, (await SummariseAsync(failedRuns: 0, continuousIntegration: false)).ExitCode);

    private Task<ProcessResult> SummariseAsync(int failedRuns, bool continuousIntegration) => ProcessRun.RunAsync(
        "python3",
        [RepositoryFiles.PathOf("build/test-summary"), _results.FullName, failedRuns.ToString(System.Globalization.CultureInfo.InvariantCulture)],
        RepositoryFiles.Root,
        new Dictionary<string, string> { ["CI"] = continuousIntegration ? "true" : "" });

    // The form of the files is that of the test platform; only what the summary reads is kept.
    private Task WriteResultsAsync(string project, string outcomes)
    {
        IEnumerable<string> results = outcomes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((outcome, number) =>
            $"<UnitTestResult testName=\"{project}.Test{number}\" outcome=\"{outcome}\"><Output><ErrorInfo><Message>needs: a\nkernel</Message></ErrorInfo></Output></UnitTestResult>");
        string text = $"<TestRun xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\"><Results>{string.Concat(results)}</Results></TestRun>";
        return File.WriteAllTextAsync(Path.Combine(_results.FullName, project + ".trx"), text);
    }
}
