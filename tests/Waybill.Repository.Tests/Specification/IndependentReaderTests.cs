namespace Waybill.Repository.Tests.Specification;

/// <summary>
/// tests/vectors/reader.py is written from the specification alone. What it and the library agree on, the specification says.
/// </summary>
public sealed class IndependentReaderTests
{
    [Fact]
    public async Task Reader_PassesItsOwnTests() => (await PythonAsync("tests/vectors/test_reader.py")).ThrowIfFailed();

    [Fact]
    public async Task Reader_AcceptsAndRefuses_EveryVectorAsExpected()
    {
        ProcessResult result = await PythonAsync("tests/vectors/reader.py", "vectors", "tests/vectors");

        result.ThrowIfFailed();
        Assert.Equal("0 skipped", result.Output.TrimEnd('\n').Split('\n')[^2]);
    }

    private static Task<ProcessResult> PythonAsync(params string[] arguments) =>
        ProcessRun.RunAsync(
            "python3",
            arguments,
            RepositoryFiles.Root,
            new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" },
            limit: TimeSpan.FromMinutes(15));
}
