using System.Text.Json;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Tests.Json;

namespace Waybill.Cli.Tests.Keys;

public sealed class KeyCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestCli _cli = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "encryption signing")]
    [InlineData("both", "encryption signing")]
    [InlineData("encrypt", "encryption")]
    [InlineData("sign", "signing")]
    public async Task New_MakesTheKeysThatWereAskedFor(string? kind, string purposes)
    {
        CliResult made = await _cli.DoneAsync(["key", "new", "--out", _folder["a.key"], .. kind is null ? (string[])[] : ["--kind", kind]]);
        JsonElement shown = await ShowAsync("a.key");

        Assert.Equal(purposes.Split(' '), shown.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("purpose").GetString()));
        Assert.All(shown.GetProperty("keys").EnumerateArray(), key =>
        {
            Assert.True(key.GetProperty("private").GetBoolean());
            Assert.False(key.GetProperty("locked").GetBoolean());
            Assert.Equal("P-256", key.GetProperty("algorithm").GetString());
            Assert.Contains(key.GetProperty("id").GetString()!, made.Output, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task New_WithAPassphraseThatIsTypedTwice_LocksTheFile()
    {
        Type("hush hush", "hush hush");

        await _cli.DoneAsync("key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.Equal([$"Passphrase for {_folder["a.key"]}: ", "The same again: "], _cli.Questions);
        Assert.All((await ShowAsync("a.key")).GetProperty("keys").EnumerateArray(), key => Assert.True(key.GetProperty("locked").GetBoolean()));
        using KeyFile file = await KeyFile.LoadAsync(_folder["a.key"]);
        file.Unlock("hush hush");
    }

    [Fact]
    public async Task New_WithAPassphraseThatIsTypedDifferently_MakesNothing()
    {
        Type("hush hush", "hush hash");

        await FailsAsync("WB1708", "key", "new", "--out", _folder["a.key"], "--passphrase");
    }

    [Fact]
    public async Task New_WithAnEmptyPassphrase_MakesNothing()
    {
        Type("", "");

        await FailsAsync("WB1708", "key", "new", "--out", _folder["a.key"], "--passphrase");
    }

    [Fact]
    public async Task New_WithoutATerminalToAskOn_MakesNothing() => await FailsAsync("WB1708", "key", "new", "--out", _folder["a.key"], "--passphrase");

    [Theory]
    [InlineData("--passphrase-fd", "7")]
    [InlineData("--passphrase-fd", "0")]
    [InlineData("--passphrase-file", "FILE")]
    public async Task New_WithAPassphraseFromElsewhere_AsksNobody(string option, string value)
    {
        _cli.Descriptors[7] = "hush\n"u8.ToArray();
        _cli.Input = "hush\n"u8.ToArray();
        WriteSecret("pass", "hush\n");

        await _cli.DoneAsync("key", "new", "--out", _folder["a.key"], option, value == "FILE" ? _folder["pass"] : value);

        using KeyFile file = await KeyFile.LoadAsync(_folder["a.key"]);
        file.Unlock("hush");
    }

    [Fact]
    public async Task New_OverAnExistingFile_AsksNobodyAndLeavesIt()
    {
        _folder.Write("a.key", "precious");
        Type("x", "x");

        CliResult result = await _cli.RunAsync("key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.StartsWith("WB1603: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(_cli.Questions);
        Assert.Equal("precious", await File.ReadAllTextAsync(_folder["a.key"]));
    }

    [Theory]
    [InlineData("key new")]
    [InlineData("key new --out -")]
    [InlineData("key new --out a --kind ed25519")]
    [InlineData("key new --out a --passphrase --passphrase-fd 3")]
    [InlineData("key new --out a --passphrase-file b --passphrase-fd 3")]
    [InlineData("key new --out a --passphrase-fd 1")]
    [InlineData("key new --out a --passphrase-fd -3")]
    [InlineData("key new --out a --passphrase-fd x")]
    [InlineData("key new --out a --passphrase hunter2")]
    [InlineData("key public")]
    [InlineData("key show")]
    [InlineData("key show a b")]
    [InlineData("key")]
    public async Task CommandLine_ThatCannotMeanAnything_EndsWith2(string line)
    {
        CliResult result = await _cli.RunAsync(line.Split(' '));

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.StartsWith("waybill: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.False(Path.Exists("a"));
    }

    [Fact]
    public async Task Public_PrintsNothingPrivate_AndTheSameIds()
    {
        await _cli.DoneAsync("key", "new", "--out", _folder["a.key"]);

        CliResult result = await _cli.DoneAsync("key", "public", _folder["a.key"]);
        _folder.Write("a.pub", result.Output);
        JsonElement shown = await ShowAsync("a.pub");

        Assert.DoesNotContain("PRIVATE", result.Output, StringComparison.Ordinal);
        Assert.Equal(Ids(await ShowAsync("a.key")), Ids(shown));
        Assert.All(shown.GetProperty("keys").EnumerateArray(), key => Assert.False(key.GetProperty("private").GetBoolean()));
    }

    [Fact]
    public async Task Public_OfALockedFile_AsksOnceForThePassphrase()
    {
        Type("hush", "hush");
        await _cli.DoneAsync("key", "new", "--out", _folder["a.key"], "--passphrase");
        _cli.Questions.Clear();
        Type("hush");

        await _cli.DoneAsync("key", "public", _folder["a.key"]);

        Assert.Equal([$"Passphrase for {_folder["a.key"]}: "], _cli.Questions);
        await FailsAsync("WB1708", "key", "public", _folder["a.key"]);
        Type("hash");
        await FailsAsync("WB1708", "key", "public", _folder["a.key"]);
    }

    [Fact]
    public async Task Show_OfALockedFile_TellsWhatIsKnownWithoutAsking()
    {
        _cli.Descriptors[3] = "hush"u8.ToArray();
        await _cli.DoneAsync("key", "new", "--out", _folder["a.key"], "--passphrase-fd", "3");

        JsonElement locked = await ShowAsync("a.key");
        JsonElement open = await ShowAsync("a.key", "--passphrase-fd", "3");
        CliResult text = await _cli.DoneAsync("key", "show", _folder["a.key"]);

        Assert.All(locked.GetProperty("keys").EnumerateArray(), key => Assert.Equal(JsonValueKind.Null, key.GetProperty("algorithm").ValueKind));
        Assert.Equal(Ids(open), Ids(locked));
        Assert.Contains("encryption  private  locked  id ", text.Output, StringComparison.Ordinal);
        Assert.Contains("as the file says", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_NeverShowsAnythingSecret()
    {
        await _cli.DoneAsync("key", "new", "--out", _folder["a.key"]);
        string[] secrets = [.. (await File.ReadAllLinesAsync(_folder["a.key"])).Where(line => line.Length > 40 && !line.StartsWith("Key id", StringComparison.Ordinal))];

        foreach (CliResult result in (CliResult[])
        [
            await _cli.DoneAsync("key", "show", _folder["a.key"]), await _cli.DoneAsync("key", "show", _folder["a.key"], "--json"),
            await _cli.DoneAsync("key", "public", _folder["a.key"]),
        ])
        {
            Assert.NotEmpty(secrets);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, result.Output, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Show_OfSomethingElse_Fails()
    {
        _folder.Write("x", "not a key");

        await FailsAsync("WB1708", "key", "show", _folder["x"]);
        await FailsAsync("WB1601", "key", "show", _folder["none"]);
    }

    [Fact]
    public async Task PassphraseFd_ThatIsNotOpen_IsReported() => await FailsAsync("WB1601", "key", "new", "--out", _folder["a.key"], "--passphrase-fd", "9");

    private static string?[] Ids(JsonElement report) => [.. report.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("id").GetString())];

    private void Type(params string[] answers)
    {
        foreach (string answer in answers)
        {
            _cli.Answers.Enqueue(answer);
        }
    }

    private void WriteSecret(string name, string content)
    {
        string path = _folder.Write(name, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private async Task<JsonElement> ShowAsync(string name, params string[] more)
    {
        CliResult result = await _cli.DoneAsync(["key", "show", _folder[name], "--json", .. more]);
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Empty(new JsonSchema(RepositoryRoot.PathOf("docs/cli/schemas")).Check("key-show.json", report));
        Assert.DoesNotContain(result.Output, c => c > '~' || (c < ' ' && c != '\n'));
        return report;
    }

    private async Task FailsAsync(string error, params string[] arguments)
    {
        string[] before = Directory.GetFileSystemEntries(_folder.Path);
        CliResult result = await _cli.RunAsync(arguments);
        Assert.True(result.Code == ExitCode.Failed, $"ended with {result.Code}:\n{result.Error}{result.Output}");
        Assert.StartsWith(error + ": ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path));
    }
}
