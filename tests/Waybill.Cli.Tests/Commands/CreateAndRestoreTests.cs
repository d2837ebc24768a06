using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class CreateAndRestoreTests : IDisposable
{
    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Restore_OfAFullBundle_GivesEverythingBackByteForByte()
    {
        await _shop.CreateFullAsync();

        CliResult result = await _shop.Cli.DoneAsync("bundle", "restore", _shop["full.waybill"], "--to", _shop["back"]);

        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump.sql"]));
        Assert.Equal(
            ["0000-PersistentVolumeClaim-shop-data.json", "0001-Secret-shop-login.yaml", "0002-Deployment-shop-web.yaml"],
            Directory.EnumerateFiles(_shop["back/resources"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await AssertSameAsync("k8s/data.json", "back/resources/0000-PersistentVolumeClaim-shop-data.json");
        await AssertSameAsync("k8s/login.yaml", "back/resources/0001-Secret-shop-login.yaml");
        await AssertSameAsync("k8s/web.yaml", "back/resources/0002-Deployment-shop-web.yaml");
        Assert.StartsWith("shop as of 2026-03-04 05:06:07 UTC:\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(["back/bytes", "back/resources", "back/volumes"],
            Directory.EnumerateFileSystemEntries(_shop["back"]).Order(StringComparer.Ordinal).Select(path => Path.GetRelativePath(_shop.Folder, path)));
    }

    [SkippableFact]
    public async Task Restore_Secrets_AreForTheirOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: a file system with permissions");
        await _shop.CreateFullAsync();

        await _shop.Cli.DoneAsync("bundle", "restore", _shop["full.waybill"], "--to", _shop["back"], "--resources");

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_shop["back/resources/0001-Secret-shop-login.yaml"]));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_shop["back/resources"]));
        }
    }

    [Fact]
    public async Task Restore_OfWhatWasNamed_WritesNothingElse()
    {
        await _shop.CreateFullAsync();

        await _shop.Cli.DoneAsync("bundle", "restore", _shop["full.waybill"], "--to", _shop["back"], "--bytes", "dump.sql");

        Assert.Equal([_shop["back/bytes"], _shop["back/bytes/dump.sql"]], Directory.EnumerateFileSystemEntries(_shop["back"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Restore_OfAnIncremental_FindsItsParentsByIdBesideIt()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(100_000, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");
        _shop.Change(4 << 20, 20_000, seed: 4);
        await _shop.CreateIncrementalAsync("c.waybill", "b.waybill");
        File.Move(_shop["a.waybill"], _shop["renamed.waybill"]);

        await _shop.Cli.DoneAsync("bundle", "restore", _shop["c.waybill"], "--to", _shop["back"]);

        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
        Assert.InRange(new FileInfo(_shop["c.waybill"]).Length, 20_000, 80_000);
    }

    [Fact]
    public async Task Restore_WithParentsElsewhere_NeedsToBeTold()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(0, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");
        Directory.CreateDirectory(_shop["vault"]);
        File.Move(_shop["a.waybill"], _shop["vault/a.waybill"]);

        await _shop.FailsAsync(ExitCode.Failed, "WB1301", "bundle", "restore", _shop["b.waybill"], "--to", _shop["back"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB1601", "bundle", "restore", _shop["b.waybill"], "--to", _shop["back"], "--parents", _shop["nowhere"]);
        await _shop.Cli.DoneAsync("bundle", "restore", _shop["b.waybill"], "--to", _shop["back"], "--parents", _shop["vault"]);

        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Restore_OverWhatExists_IsRefusedBeforeAnythingIsWritten()
    {
        await _shop.CreateFullAsync();
        _shop.Write("back/bytes/dump.sql", "precious");

        await _shop.FailsAsync(ExitCode.Failed, "WB1603", "bundle", "restore", _shop["full.waybill"], "--to", _shop["back"]);

        Assert.Equal("precious", await File.ReadAllTextAsync(_shop["back/bytes/dump.sql"]));
    }

    [Fact]
    public async Task Restore_OfAnUnknownStream_IsRefused()
    {
        await _shop.CreateFullAsync();

        await _shop.FailsAsync(ExitCode.Failed, "WB1501", "bundle", "restore", _shop["full.waybill"], "--to", _shop["back"], "--volume", "dump.sql");
    }

    [Fact]
    public async Task Restore_OfADamagedBundle_StopsAndLeavesNothingUnderTheName()
    {
        await _shop.CreateFullAsync("full.waybill", "--codec", "none");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["full.waybill"]);
        bundle[bundle.AsSpan().IndexOf(_shop.Volume.AsSpan(1 << 20, 64)) + 10] ^= 1;
        await File.WriteAllBytesAsync(_shop["full.waybill"], bundle);

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["full.waybill"], "--to", _shop["back"], "--volume", "data");

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Matches("^WB1105: .*full.waybill", result.Error);
        Assert.Empty(Directory.EnumerateFiles(_shop["back"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Create_WithAListOfChanges_ReadsNothingElse()
    {
        await _shop.CreateFullAsync("a.waybill");
        byte[] before = [.. _shop.Volume];
        _shop.Change(8_192, 100, seed: 3);
        _shop.Change(1 << 20, 100, seed: 4);
        _shop.Write("changed.txt", "# only the first of the two changes\n8192 10\n\n8200 4096 # overlaps\n");

        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill", "--changed", "data=" + _shop["changed.txt"]);
        await _shop.Cli.DoneAsync("bundle", "restore", _shop["b.waybill"], "--to", _shop["back"]);

        _shop.Volume.AsSpan(8_192, 100).CopyTo(before.AsSpan(8_192));
        Assert.Equal(before, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
    }

    [Theory]
    [InlineData("x y")]
    [InlineData("10")]
    [InlineData("10 20 30")]
    [InlineData("-1 5")]
    [InlineData("0x10 5")]
    [InlineData("10 0")]
    [InlineData("9223372036854775807 1")]
    [InlineData("5242880 99999999")]
    public async Task Create_WithAListThatIsWrong_IsRefused(string line)
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Write("changed.txt", $"0 4096\n{line}\n");

        await _shop.FailsAsync(ExitCode.Failed, "WB1402", "bundle", "create", _shop["b.waybill"], "--app", "shop",
            "--volume", "data=" + _shop["data.img"], "--parent", _shop["a.waybill"], "--changed", "data=" + _shop["changed.txt"]);
    }

    [Fact]
    public async Task Create_WithAListAfterAResize_IsRefused_AndForceFullHelps()
    {
        await _shop.CreateFullAsync("a.waybill");
        await File.AppendAllTextAsync(_shop["data.img"], "more");
        _shop.Write("changed.txt", "0 4096\n");

        await _shop.FailsAsync(ExitCode.Failed, "WB1401", "bundle", "create", _shop["b.waybill"], "--app", "shop",
            "--volume", "data=" + _shop["data.img"], "--parent", _shop["a.waybill"], "--changed", "data=" + _shop["changed.txt"]);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill", "--force-full");

        string[] shown = (await _shop.Cli.DoneAsync("bundle", "show", _shop["b.waybill"])).Output.Split('\n');
        string[] parent = (await _shop.Cli.DoneAsync("bundle", "show", _shop["a.waybill"])).Output.Split('\n');
        Assert.Contains("  builds on    nothing: this is a full bundle", shown);
        Assert.Equal(parent.Single(line => line.StartsWith("  application", StringComparison.Ordinal)), shown.Single(line => line.StartsWith("  application", StringComparison.Ordinal)));
        Assert.Equal(parent.Single(line => line.StartsWith("  lineage", StringComparison.Ordinal)), shown.Single(line => line.StartsWith("  lineage", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Create_OverAnExistingFile_IsRefused()
    {
        _shop.Write("full.waybill", "precious");

        await _shop.FailsAsync(ExitCode.Failed, "WB1603", "bundle", "create", _shop["full.waybill"], "--app", "shop", "--volume", "data=" + _shop["data.img"]);

        Assert.Equal("precious", await File.ReadAllTextAsync(_shop["full.waybill"]));
    }

    [Theory]
    [InlineData("--volume", "WB1601")]
    [InlineData("--bytes", "WB1601")]
    [InlineData("--resources", "WB1601")]
    public async Task Create_WithAMissingSource_LeavesNothing(string option, string error)
    {
        string source = option == "--resources" ? _shop["nothing"] : "x=" + _shop["nothing"];

        await _shop.FailsAsync(ExitCode.Failed, error, "bundle", "create", _shop["full.waybill"], "--app", "shop", "--volume", "data=" + _shop["data.img"], option, source);
    }

    [Fact]
    public async Task Create_WithABadDefinition_LeavesNothing()
    {
        _shop.Write("k8s/values.yaml", "replicas: 3\n");

        CliResult result = await _shop.FailsAsync(ExitCode.Failed, "WB1607", "bundle", "create", _shop["full.waybill"], "--app", "shop", "--resources", _shop["k8s"]);

        Assert.Contains("values.yaml at offset 0", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithTheParentOfAnotherApplication_IsRefused()
    {
        await _shop.CreateFullAsync("a.waybill");

        await _shop.FailsAsync(ExitCode.Failed, "WB1401", "bundle", "create", _shop["b.waybill"], "--app", "shop", "--app-id", "00000000000000000000000000000001",
            "--volume", "data=" + _shop["data.img"], "--parent", _shop["a.waybill"]);
    }

    [Fact]
    public async Task Create_Cancelled_LeavesNothingAndEndsWith130()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        string[] before = _shop.Names();

        CliResult result = await _shop.Cli.RunAsync(source.Token, "bundle", "create", _shop["x.waybill"], "--app", "shop", "--volume", "data=" + _shop["data.img"]);

        Assert.Equal(ExitCode.Interrupted, result.Code);
        Assert.Contains("interrupted", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, _shop.Names());
    }

    [Fact]
    public async Task Create_Reproducible_GivesTheSameBytesTwice()
    {
        string[] fixedValues = ["--reproducible", "--app-id", "0123456789abcdef0123456789abcdef", "--bundle-id", "fedcba9876543210fedcba9876543210", "--created", "2026-01-31T12:00:00Z"];
        await _shop.CreateFullAsync("a.waybill", fixedValues);
        _shop.Cli.Time.Advance(TimeSpan.FromDays(1));
        await _shop.CreateFullAsync("b.waybill", [.. fixedValues, "--jobs", "3"]);

        await AssertSameAsync("a.waybill", "b.waybill");
        await _shop.VerifyAsync("a.waybill");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Create_WithEachCodecAndOtherSizes_RoundTrips(string codec)
    {
        await _shop.CreateFullAsync("a.waybill", "--codec", codec, "--cell-size", "64KiB", "--block-size", "512", "--jobs", "2");
        await _shop.Cli.DoneAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"], "--jobs", "3");

        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Create_FromAndToPipes_RoundTrips()
    {
        var pipe = new TestCli { Input = _shop.Dump };
        CliResult created = await pipe.DoneAsync("bundle", "create", "-", "--app", "shop", "--bytes", "dump=-");
        Assert.Empty(created.Output);
        Assert.Contains("bundle: ", created.Error, StringComparison.Ordinal);

        pipe.Input = created.Bytes;
        Assert.Contains("complete and intact", (await pipe.DoneAsync("bundle", "verify", "-")).Output, StringComparison.Ordinal);
        Assert.StartsWith("shop\n", (await pipe.DoneAsync("bundle", "show", "-")).Output, StringComparison.Ordinal);
        await pipe.DoneAsync("bundle", "restore", "-", "--to", _shop["back"]);
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump"]));
    }

    [Fact]
    public async Task Create_OnATerminal_ShowsProgressAndRemovesIt()
    {
        _shop.Cli.IsTerminal = true;
        CliResult result = await _shop.CreateFullAsync();

        // The clock of the test stands still, so there is nothing to draw five times a second.
        Assert.Equal("", result.Error);
        Assert.StartsWith($"{_shop["full.waybill"]}: ", result.Output, StringComparison.Ordinal);
    }

    private async Task AssertSameAsync(string expected, string actual) =>
        Assert.Equal(await File.ReadAllBytesAsync(_shop[expected]), await File.ReadAllBytesAsync(_shop[actual]));
}
