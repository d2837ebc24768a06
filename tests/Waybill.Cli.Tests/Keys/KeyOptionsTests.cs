using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;

namespace Waybill.Cli.Tests.Keys;

public sealed class KeyOptionsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestCli _cli = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public void Dispose()
    {
        _folder.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Keys_WithoutOptions_AreNone()
    {
        using KeyRing ring = await KeysAsync();

        Assert.Empty(ring.Keys);
    }

    [Fact]
    public async Task Keys_OfEveryKind_AreLoadedInAllTheirNumber()
    {
        await NewKeyAsync("a");
        await NewKeyAsync("b");
        WritePresharedKey("psk", 32);
        _cli.Descriptors[3] = "hush"u8.ToArray();

        using KeyRing ring = await KeysAsync("--key", _folder["a.key"], "--key", _folder["b.key"], "--psk", _folder["psk"], "--passphrase-fd", "3");

        Assert.Equal(2, ring.Keys.OfType<PrivateBundleKey>().Select(key => key.KeyId).Distinct().Count());
        Assert.Single(ring.Keys.OfType<PresharedBundleKey>());
        Assert.Single(ring.Keys.OfType<PassphraseBundleKey>());
    }

    [Fact]
    public async Task LockedKey_IsOpenedByThePassphraseGiven_OrThePersonAsked()
    {
        _cli.Descriptors[3] = "hush"u8.ToArray();
        await NewKeyAsync("a", "--passphrase-fd", "3");

        using (KeyRing given = await KeysAsync("--key", _folder["a.key"], "--passphrase-fd", "3"))
        {
            Assert.Single(given.Keys.OfType<PrivateBundleKey>());
        }

        _cli.Answers.Enqueue("hush");
        using (KeyRing asked = await KeysAsync("--key", _folder["a.key"]))
        {
            Assert.Single(asked.Keys.OfType<PrivateBundleKey>());
        }

        Assert.Equal([$"Passphrase for {_folder["a.key"]}: "], _cli.Questions);
        Assert.Equal(WaybillErrorCode.KeyInvalid, (await Assert.ThrowsAsync<WaybillException>(() => KeysAsync("--key", _folder["a.key"]))).Code);
        _cli.Answers.Enqueue("hash");
        Assert.Equal(WaybillErrorCode.KeyInvalid, (await Assert.ThrowsAsync<WaybillException>(() => KeysAsync("--key", _folder["a.key"]))).Code);
    }

    [Fact]
    public async Task Key_ThatIsPublicOrForSigning_IsRefused()
    {
        await NewKeyAsync("s", "--kind", "sign");
        await NewKeyAsync("e");

        foreach (string name in (string[])["s.key", "e.pub"])
        {
            WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => KeysAsync("--key", _folder[name]));
            Assert.Equal((WaybillErrorCode.KeyInvalid, _folder[name]), (error.Code, error.ObjectName));
        }
    }

    [Fact]
    public async Task PresharedKey_ThatIsTooShort_IsRefusedByName()
    {
        WritePresharedKey("psk", 31);

        foreach (Func<Task> load in (Func<Task>[])[() => KeysAsync("--psk", _folder["psk"]), () => RecipientsAsync("--recipient-psk", _folder["psk"])])
        {
            WaybillException error = await Assert.ThrowsAsync<WaybillException>(load);
            Assert.Equal((WaybillErrorCode.KeyInvalid, _folder["psk"]), (error.Code, error.ObjectName));
        }
    }

    [Fact]
    public async Task Recipients_WithoutOptions_AreNone()
    {
        using RecipientList list = await RecipientsAsync();

        Assert.Empty(list.Recipients);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Recipients_HaveTheScopesOfTheirOption()
    {
        await NewKeyAsync("vault");
        await NewKeyAsync("operator");
        await NewKeyAsync("catalog");
        WritePresharedKey("psk", 64);

        using RecipientList list = await RecipientsAsync(
            "--recipient", _folder["vault.pub"], "--recipient-data", _folder["operator.pub"], "--recipient-metadata", _folder["catalog.pub"], "--recipient-psk", _folder["psk"]);

        Assert.Equal([KeyScopes.All, KeyScopes.Data, KeyScopes.Metadata, KeyScopes.All], list.Recipients.Select(recipient => recipient.Scopes));
        Assert.Equal(3, list.Recipients.OfType<PublicKeyRecipient>().Count());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Recipients_WithOneKeyOnly_ComeWithAWarning()
    {
        await NewKeyAsync("vault");
        await NewKeyAsync("catalog");

        using RecipientList list = await RecipientsAsync("--recipient", _folder["vault.pub"], "--recipient-metadata", _folder["catalog.pub"]);

        Assert.Equal(2, list.Recipients.Count);
        Assert.StartsWith("waybill: one key alone opens all of this bundle", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipient_WithAPassphrase_IsAskedForTwice()
    {
        _cli.Answers.Enqueue("hush");
        _cli.Answers.Enqueue("hush");

        using RecipientList list = await RecipientsAsync("--recipient-passphrase");

        Assert.IsType<PassphraseRecipient>(Assert.Single(list.Recipients));
        Assert.Equal(2, _cli.Questions.Count);
    }

    [Fact]
    public async Task Recipient_ThatIsAPrivateKey_IsRefused()
    {
        await NewKeyAsync("vault");

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => RecipientsAsync("--recipient", _folder["vault.key"]));

        Assert.Equal((WaybillErrorCode.KeyInvalid, _folder["vault.key"]), (error.Code, error.ObjectName));
        Assert.Contains("waybill key public", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipient_GivenTwice_IsRefused()
    {
        await NewKeyAsync("vault");

        await Assert.ThrowsAsync<UsageException>(() => RecipientsAsync("--recipient", _folder["vault.pub"], "--recipient-data", _folder["vault.pub"]));
    }

    [Theory]
    [InlineData("--recipient-data a")]
    [InlineData("--recipient-metadata a --recipient-data b")]
    [InlineData("--recipient-passphrase --recipient a")]
    [InlineData("--recipient-passphrase-fd 3 --recipient-psk a")]
    [InlineData("--recipient-passphrase --recipient-passphrase-fd 3")]
    public async Task Recipients_ThatCannotBeMeant_AreRefusedBeforeAnythingIsRead(string line) =>
        await Assert.ThrowsAsync<UsageException>(() => RecipientsAsync(line.Split(' ')));

    [Fact]
    public async Task Recipients_InTooGreatNumber_AreRefused() =>
        await Assert.ThrowsAsync<UsageException>(() => RecipientsAsync([.. Enumerable.Range(0, 65).SelectMany(i => (string[])["--recipient", $"{i}"])]));

    private async Task NewKeyAsync(string name, params string[] more)
    {
        await _cli.DoneAsync(["key", "new", "--out", _folder[name + ".key"], .. more]);
        if (more.Length == 0)
        {
            _folder.Write(name + ".pub", (await _cli.DoneAsync("key", "public", _folder[name + ".key"])).Output);
        }
    }

    private void WritePresharedKey(string name, int length)
    {
        string path = _folder.Write(name, new byte[length]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private Task<KeyRing> KeysAsync(params string[] arguments)
    {
        var options = new KeyOptions();
        var command = new Command("test");
        options.AddTo(command);
        return KeyOptions.LoadAsync(options.Bind(Parse(command, arguments)), _cli.ToConsole(TextWriter.Null, _error), CancellationToken.None);
    }

    // As an asynchronous method, so that what the binding refuses ends up in the task.
    private async Task<RecipientList> RecipientsAsync(params string[] arguments)
    {
        var options = new RecipientOptions();
        var command = new Command("test");
        options.AddTo(command);
        return await RecipientOptions.LoadAsync(options.Bind(Parse(command, arguments)), _cli.ToConsole(TextWriter.Null, _error), CancellationToken.None);
    }

    private static ParseResult Parse(Command command, string[] arguments)
    {
        ParseResult parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return parsed;
    }
}
