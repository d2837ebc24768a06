using System.Text.Json;
using System.Xml.Linq;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Tests.Json;
using Waybill.CsiModel;

namespace Waybill.Cli.Tests.Commands;

public sealed class CsiVerifyTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("waybill-cli-csi-");
    private readonly TestCli _cli = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Verify_DriverThatKeepsEverything_EndsWith0_WithATable()
    {
        await using ModelDriver driver = await ModelDriver.StartAsync(_directory.FullName);

        CliResult result = await _cli.DoneAsync("csi", "verify", "--endpoint", driver.Endpoint, "--size", "1MiB", "--only", "csi.identity", "--only", "csi.node.lifecycle.works");

        Assert.Matches(@"passed  csi\.identity\.plugin-info +\d+\.\d\d s\n", result.Output);
        Assert.Matches(@"passed  csi\.node\.lifecycle\.works", result.Output);
        Assert.EndsWith("csi.model.example.com 1.0.0: 7 passed, 0 failed, 0 skipped\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, driver.ObjectCount);
    }

    [Fact]
    public async Task Verify_DriverThatBreaksSomething_EndsWith3_AndSaysWhat_AlsoForScriptsAndBuildServers()
    {
        await using ModelDriver driver = await ModelDriver.StartAsync(_directory.FullName, new Faults("csi.controller.create.idempotent"));
        string junit = Path.Combine(_directory.FullName, "results.xml");
        string[] line = ["csi", "verify", "--endpoint", driver.Endpoint, "--size", "1MiB", "--only", "csi.controller.create.idempotent", "--junit", junit];

        CliResult text = await _cli.RunAsync(line);
        CliResult json = await _cli.RunAsync([.. line, "--json"]);

        Assert.Equal((ExitCode.VerificationFailed, ExitCode.VerificationFailed), (text.Code, json.Code));
        Assert.Contains("FAILED  csi.controller.create.idempotent\n        The same request again MUST return the same volume.\n        First volume-", text.Output, StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(json.Output).RootElement;
        Assert.Empty(new JsonSchema(RepositoryRoot.PathOf("docs/cli/schemas")).Check("csi-verify.json", report));
        Assert.False(report.GetProperty("conformant").GetBoolean());
        XElement suite = XDocument.Load(junit).Root!.Element("testsuite")!;
        Assert.Equal(("2", "1"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value));
    }

    [Fact]
    public async Task Verify_WithParametersAndSecrets_SendsThem_AndNeverShowsTheSecret()
    {
        await using ModelDriver driver = await ModelDriver.StartAsync(_directory.FullName);
        string parameters = Write("parameters.yaml", "volume: {pool: fast}\nmutable:\n  tier: fast\n");
        string secrets = Write("secrets.yaml", "password: hunter2\n");

        CliResult result = await _cli.DoneAsync(
            "csi", "verify", "--endpoint", driver.Endpoint, "--size", "1MiB", "--parameters", parameters, "--secrets", secrets, "--only", "csi.controller.modify", "--json");

        Assert.Equal("fast", driver.LastRequest?.Parameters["pool"]);
        Assert.Equal("hunter2", driver.LastRequest?.Secrets["password"]);
        Assert.DoesNotContain("hunter2", result.Output + result.Error, StringComparison.Ordinal);
        Assert.All(JsonDocument.Parse(result.Output).RootElement.GetProperty("checks").EnumerateArray(), check => Assert.Equal("passed", check.GetProperty("outcome").GetString()));
    }

    [Theory]
    [InlineData("volume: {a: b}\nother: {c: d}\n", "'other' is no section")]
    [InlineData("a: [1, 2]\n", "'a' must be a text")]
    [InlineData("- a\n", "The file has no names and values")]
    public async Task Verify_ParametersThatMakeNoSense_NamesTheirPlace(string text, string message)
    {
        CliResult result = await _cli.RunAsync("csi", "verify", "--endpoint", "unix:///nowhere", "--parameters", Write("parameters.yaml", text));

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains("parameters.yaml:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_NobodyAnswers_EndsWith1_AndSaysWhere()
    {
        CliResult result = await _cli.RunAsync("csi", "verify", "--endpoint", "unix:///nowhere/csi.sock");

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Matches("^WB3010: No CSI driver answers: UNAVAILABLE.*unix:///nowhere/csi.sock", result.Error);
    }

    [Fact]
    public async Task Verify_RestartCommand_IsRun_AndItsFailureIsEvidence()
    {
        await using ModelDriver driver = await ModelDriver.StartAsync(_directory.FullName);
        string mark = Path.Combine(_directory.FullName, "restarted");

        await _cli.DoneAsync(
            "csi", "verify", "--endpoint", driver.Endpoint, "--size", "1MiB", "--only", "csi.restart.volumes", "--restart-command", $"echo to standard output; touch '{mark}'");
        CliResult failed = await _cli.RunAsync(
            "csi", "verify", "--endpoint", driver.Endpoint, "--size", "1MiB", "--only", "csi.restart.volumes", "--restart-command", "exit 7");

        Assert.True(File.Exists(mark));
        Assert.Equal(ExitCode.VerificationFailed, failed.Code);
        Assert.Contains("The command that restarts the driver ended with exit code 7", failed.Output, StringComparison.Ordinal);
        Assert.Equal(0, driver.ObjectCount);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
