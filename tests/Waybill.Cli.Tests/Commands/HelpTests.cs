namespace Waybill.Cli.Tests.Commands;

public class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("bundle")]
    [InlineData("bundle create")]
    [InlineData("bundle show")]
    [InlineData("bundle verify")]
    [InlineData("bundle restore")]
    [InlineData("bundle read")]
    [InlineData("bundle merge")]
    [InlineData("bundle salvage")]
    [InlineData("bundle rewrap")]
    [InlineData("bundle reencrypt")]
    [InlineData("bundle sign")]
    [InlineData("app")]
    [InlineData("app list")]
    [InlineData("app show")]
    [InlineData("app protect")]
    [InlineData("app plan")]
    [InlineData("app restore")]
    [InlineData("point")]
    [InlineData("point list")]
    [InlineData("ledger")]
    [InlineData("ledger list")]
    [InlineData("ledger sweep")]
    [InlineData("volume")]
    [InlineData("volume list")]
    [InlineData("provider")]
    [InlineData("provider list")]
    [InlineData("provider verify")]
    [InlineData("catalog")]
    [InlineData("catalog add")]
    [InlineData("catalog scan")]
    [InlineData("catalog search")]
    [InlineData("catalog show")]
    [InlineData("catalog timeline")]
    [InlineData("catalog where")]
    [InlineData("catalog orphans")]
    [InlineData("catalog resolve")]
    [InlineData("catalog report")]
    [InlineData("catalog stats")]
    [InlineData("catalog export")]
    [InlineData("catalog prune")]
    [InlineData("csi")]
    [InlineData("csi verify")]
    [InlineData("key")]
    [InlineData("key new")]
    [InlineData("key public")]
    [InlineData("key show")]
    public async Task Help_OfEachCommand_IsAsApproved(string command)
    {
        CliResult result = await new TestCli().DoneAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        GoldenFile.AssertEqual($"help{(command.Length == 0 ? "" : "-")}{command.Replace(' ', '-')}.txt", result.Output);
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        CliResult result = await new TestCli().DoneAsync("--version");

        Assert.Matches(@"^waybill \d+\.\d+\.\d+\S*\n$", result.Output);
    }
}
