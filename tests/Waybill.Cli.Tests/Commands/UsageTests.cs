using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class UsageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "waybill")]
    [InlineData("bundle", "waybill bundle")]
    [InlineData("bundel show x", "waybill")]
    [InlineData("bundle show", "waybill bundle show")]
    [InlineData("bundle show a b", "waybill bundle show")]
    [InlineData("bundle show a --jsn", "waybill bundle show")]
    [InlineData("bundle create OUT --volume a=b", "waybill bundle create")]
    [InlineData("bundle create OUT --app", "waybill bundle create")]
    [InlineData("bundle create OUT --app x", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume =b", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume ../a=b", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume ..=b", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --volume a=c", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --tag k", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --tag k=1 --tag k=2", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --codec gzip", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --cell-size 100000", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --block-size 256", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --jobs 0", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --jobs x", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --app-id 12", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --created yesterday", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --changed a=l", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --parent p --changed z=l", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --force-full", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --consistency application", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --consistency filesystem", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --consistency good", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --mechanism fsfreeze", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --bytes a=- --bytes b=-", "waybill bundle create")]
    [InlineData("bundle create - --app x --bytes a=- --json", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --reproducible", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --reproducible --codec lz4", "waybill bundle create")]
    [InlineData("bundle verify x --alone --parents .", "waybill bundle verify")]
    [InlineData("app protect", "waybill app protect")]
    [InlineData("app protect x --volume a", "waybill app protect")]
    [InlineData("app protect x --volume a=b --files a=c", "waybill app protect")]
    [InlineData("app protect x --volume a=b --min-consistency good", "waybill app protect")]
    [InlineData("app protect x --volume a=b --codec gzip", "waybill app protect")]
    [InlineData("app protect x --volume a=b --config", "waybill app protect")]
    [InlineData("app plan x --recipient k", "waybill app plan")]
    [InlineData("app restore x", "waybill app restore")]
    [InlineData("app restore x --to a=b --all-to local", "waybill app restore")]
    [InlineData("app restore x --to a=b --onto a=c", "waybill app restore")]
    [InlineData("provider verify", "waybill provider verify")]
    [InlineData("provider verify x --size 1KiB", "waybill provider verify")]
    [InlineData("provider verify x --histories 0", "waybill provider verify")]
    [InlineData("csi verify", "waybill csi verify")]
    [InlineData("csi verify --endpoint tcp://x:1", "waybill csi verify")]
    [InlineData("csi verify --endpoint unix:///x --size 1KiB", "waybill csi verify")]
    [InlineData("csi verify --endpoint unix:///x --size 2MiB --expanded-size 1MiB", "waybill csi verify")]
    [InlineData("csi verify --endpoint unix:///x --access nfs", "waybill csi verify")]
    [InlineData("csi verify --endpoint unix:///x --only csi.nothing", "waybill csi verify")]
    [InlineData("csi verify --endpoint unix:///x --mount-dir missing", "waybill csi verify")]
    [InlineData("bundle restore x", "waybill bundle restore")]
    [InlineData("bundle restore x --to y --jobs 2000", "waybill bundle restore")]
    [InlineData("bundle read x", "waybill bundle read")]
    [InlineData("bundle read x --volume a --bytes b", "waybill bundle read")]
    [InlineData("bundle read x --volume a --offset -1", "waybill bundle read")]
    [InlineData("bundle merge a --out b", "waybill bundle merge")]
    [InlineData("bundle merge a b", "waybill bundle merge")]
    [InlineData("bundle merge a - --out b", "waybill bundle merge")]
    [InlineData("bundle merge a b --out - --json", "waybill bundle merge")]
    [InlineData("bundle create OUT --app x --volume a=b --recipient k --no-encryption", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --public-tags", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --sign", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --bytes a=- --passphrase-fd 0", "waybill bundle create")]
    [InlineData("bundle create OUT --app x --volume a=b --tag k=1 --public-tag k=2", "waybill bundle create")]
    [InlineData("bundle verify x --threshold 2", "waybill bundle verify")]
    [InlineData("bundle verify x --require-storage", "waybill bundle verify")]
    [InlineData("bundle verify x --trust a --threshold 2", "waybill bundle verify")]
    [InlineData("bundle restore - --to OUT --passphrase-fd 0", "waybill bundle restore")]
    [InlineData("bundle rewrap x --out OUT", "waybill bundle rewrap")]
    [InlineData("bundle reencrypt x --out OUT", "waybill bundle reencrypt")]
    [InlineData("bundle sign x", "waybill bundle sign")]
    [InlineData("bundle sign x --sign k --out OUT --detached", "waybill bundle sign")]
    public async Task CommandLine_ThatCannotMeanAnything_EndsWith2_AndTouchesNothing(string line, string command)
    {
        CliResult result = await new TestCli().RunAsync(Words(line));

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.StartsWith("waybill: ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith($"Try '{command} --help'.\n", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Empty(result.Bytes);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Create_ToATerminal_IsRefused()
    {
        CliResult result = await new TestCli { IsTerminal = true }.RunAsync("bundle", "create", "-", "--app", "x", "--bytes", "a=-");

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Empty(result.Bytes);
    }

    [Fact]
    public async Task Message_WithHostileArgument_IsEscaped()
    {
        CliResult result = await new TestCli().RunAsync("bundle", "show", "x", "\u001b[2J");

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.DoesNotContain('\u001b', result.Error);
    }

    private string[] Words(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word == "OUT" ? _folder["out.waybill"] : word)];
}
