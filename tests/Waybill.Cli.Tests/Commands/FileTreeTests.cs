using System.Diagnostics;
using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class FileTreeTests : IDisposable
{
    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [SkippableFact]
    public async Task Restore_OfAFileTree_GivesItBack()
    {
        await MakeShareAsync();

        CliResult created = await CreateAsync("a.waybill");
        CliResult restored = await _shop.Cli.DoneAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Empty(restored.Error);
        Assert.Contains("files  share  8 entries", created.Output, StringComparison.Ordinal);
        Assert.Equal(await DescribeAsync("share"), await DescribeAsync("back/files/share"));
        Assert.Equal([_shop["back/files/share"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]));
    }

    [SkippableFact]
    public async Task Restore_OfAnIncrementalFileTree_GivesTheNewerStateBack()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill");
        await File.WriteAllTextAsync(_shop["share/docs/plain.txt"], "changed, and longer than it was");
        File.Delete(_shop["share/docs/big.bin"]);
        await File.WriteAllTextAsync(_shop["share/new"], "new");

        await CreateAsync("b.waybill", "--parent", _shop["a.waybill"]);
        await _shop.Cli.DoneAsync("bundle", "restore", _shop["b.waybill"], "--to", _shop["back"], "--files", "share");

        Assert.Equal(await DescribeAsync("share"), await DescribeAsync("back/files/share"));
        Assert.True(new FileInfo(_shop["b.waybill"]).Length < 50_000);
        await _shop.VerifyAsync("b.waybill");
    }

    [SkippableFact]
    public async Task Restore_OfADamagedTree_BringsBackTheRestUnderANameThatSaysSo()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill", "--codec", "none", "--cell-size", "65536", "--bytes", "dump.sql=" + _shop["dump.sql"]);
        string before = await DescribeAsync("share");
        await DamageBigAsync();

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("share.partial/docs/big.bin: file: its content is damaged, so it was left out: WB1105", result.Error, StringComparison.Ordinal);
        Assert.Contains("waybill: 1 file is damaged in the bundle and left out, listed in ", result.Error, StringComparison.Ordinal);
        Assert.Contains("8 entries, 1 problem, 1 file LOST", result.Output, StringComparison.Ordinal);
        Assert.Equal([_shop["back/files/share.partial"], _shop["back/files/share.partial.missing"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]).Order(StringComparer.Ordinal));
        Assert.Equal("docs/big.bin\n", await File.ReadAllTextAsync(_shop["back/files/share.partial.missing"]));
        Assert.Equal(Without("docs/big.bin", before), Without("docs/big.bin", await DescribeAsync("back/files/share.partial")));
        Assert.False(File.Exists(_shop["back/files/share.partial/docs/big.bin"]));
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump.sql"]));
    }

    [SkippableFact]
    public async Task Restore_OfADamagedTree_OverWhatAnEarlierOneLeft_IsRefusedBeforeAnythingIsWritten()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill");
        Directory.CreateDirectory(_shop["back/files/share.partial"]);

        await _shop.FailsAsync(ExitCode.Failed, "WB1603", "bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);
    }

    [SkippableFact]
    public async Task Restore_OfADamagedTree_AsJson_NamesTheFilesThatAreLost()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill", "--codec", "none", "--cell-size", "65536");
        await DamageBigAsync();

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"], "--json");

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        JsonElement tree = JsonDocument.Parse(result.Output).RootElement.GetProperty("restored")[0];
        Assert.Equal(_shop["back/files/share.partial"], tree.GetProperty("path").GetString());
        Assert.Equal(["docs/big.bin"], tree.GetProperty("damagedFiles").EnumerateArray().Select(file => file.GetString()));
    }

    [SkippableFact]
    public async Task Restore_OfATreeWhoseListIsDamaged_LeavesNoTreeUnderTheName()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill", "--codec", "none", "--cell-size", "65536", "--bytes", "dump.sql=" + _shop["dump.sql"]);
        await DamageAsync("docs/plain.txt"u8.ToArray());

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("what was restored so far is in", result.Error, StringComparison.Ordinal);
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump.sql"]));
        Assert.Equal([_shop["back/files/share.waybill-partial"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Salvage_OfADamagedTree_KeepsWhatIsLeftAndNamesThePartialFile(bool json)
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill", "--codec", "none", "--cell-size", "65536");
        byte[] big = await File.ReadAllBytesAsync(_shop["share/docs/big.bin"]);
        await DamageBigAsync();

        CliResult result = await _shop.Cli.RunAsync(["bundle", "salvage", _shop["a.waybill"], "--to", _shop["back"], .. json ? new[] { "--json" } : []]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        if (json)
        {
            JsonElement tree = JsonDocument.Parse(result.Output).RootElement.GetProperty("salvaged").EnumerateArray().Single(s => s.GetProperty("kind").GetString() == "files");
            Assert.False(tree.GetProperty("whole").GetBoolean());
            Assert.Equal(["docs/big.bin"], tree.GetProperty("partialFiles").EnumerateArray().Select(file => file.GetString()));
            Assert.Equal("data", tree.GetProperty("problems")[0].GetProperty("what").GetString());
            Assert.Equal(_shop["back/files/share.partial"], tree.GetProperty("path").GetString());
            Assert.Equal(_shop["back/files/share.partial.missing"], tree.GetProperty("missingFile").GetString());
        }
        else
        {
            Assert.Contains("8 entries; NOT whole; 1 file is PARTIAL", result.Output, StringComparison.Ordinal);
            Assert.Contains("    docs/big.bin: data: bytes 65536 to 131071 are lost\n", result.Output, StringComparison.Ordinal);
        }

        Assert.Equal([_shop["back/files/share.partial"], _shop["back/files/share.partial.missing"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]).Order(StringComparer.Ordinal));
        Assert.Equal("docs/big.bin\n", await File.ReadAllTextAsync(_shop["back/files/share.partial.missing"]));
        Assert.Equal(big.Length, new FileInfo(_shop["back/files/share.partial/docs/big.bin"]).Length);
        Assert.Equal("hello", await File.ReadAllTextAsync(_shop["back/files/share.partial/docs/plain.txt"]));
    }

    [SkippableFact]
    public async Task Salvage_OfATreeWhoseListIsDamaged_SaysSoByItsName()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill", "--codec", "none", "--cell-size", "65536");
        await DamageAsync("docs/plain.txt"u8.ToArray());

        CliResult result = await _shop.Cli.RunAsync("bundle", "salvage", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("entries are lost", result.Output, StringComparison.Ordinal);
        Assert.Equal([_shop["back/files/share.partial"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]));
    }

    [SkippableFact]
    public async Task Salvage_OfAGoodTree_GivesItItsName_AndNotOverWhatIsThere()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill");

        await _shop.Cli.DoneAsync("bundle", "salvage", _shop["a.waybill"], "--to", _shop["back"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB1603", "bundle", "salvage", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal([_shop["back/files/share"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]));
        Assert.Equal(await DescribeAsync("share"), await DescribeAsync("back/files/share"));
    }

    [SkippableFact]
    public async Task Create_OfADirectoryThatIsNone_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

        await _shop.FailsAsync(ExitCode.Failed, "WB1601", "bundle", "create", _shop["a.waybill"], "--app", "shop", "--files", "share=" + _shop["data.img"]);
    }

    private async Task DamageBigAsync() => await DamageAsync((await File.ReadAllBytesAsync(_shop["share/docs/big.bin"]))[100_000..100_064]);

    private async Task DamageAsync(byte[] content)
    {
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        bundle[bundle.AsSpan().IndexOf(content)] ^= 1;
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle);
    }

    private static string Without(string file, string description) =>
        string.Join('\n', description.Split('\n').Where(line => !line.StartsWith(file, StringComparison.Ordinal) && !line.EndsWith(file, StringComparison.Ordinal)));

    private Task<CliResult> CreateAsync(string name, params string[] more) =>
        _shop.Cli.DoneAsync(["bundle", "create", _shop[name], "--app", "shop", "--files", "share=" + _shop["share"], .. more]);

    private async Task MakeShareAsync()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");
        _shop.Write("share/docs/plain.txt", "hello");
        byte[] big = new byte[300_000];
        new Random(5).NextBytes(big);
        await File.WriteAllBytesAsync(_shop["share/docs/big.bin"], big);
        File.CreateSymbolicLink(_shop["share/link"], "../nowhere");
        await RunAsync("ln", "docs/plain.txt", "second-name");
        await RunAsync("mkfifo", "pipe");
        await RunAsync("mkdir", "-m", "1770", "empty\ndir");
        await RunAsync("touch", "-d", "2001-02-03 04:05:06.789012345 UTC", "docs/plain.txt");
    }

    // Names, types, modes, link counts, times to the nanosecond, link targets and contents.
    private async Task<string> DescribeAsync(string folder) =>
        await RunInAsync(_shop[folder], "find", ".", "-printf", @"%P\0%y %m %n %T@ %l %s\n") is var list
            ? string.Join('\n', list.Split('\n').Order(StringComparer.Ordinal)) + "\n" + await RunInAsync(_shop[folder], "bash", "-c", "find . -type f -print0 | sort -z | xargs -0 sha256sum")
            : "";

    private Task<string> RunAsync(string command, params string[] arguments) => RunInAsync(_shop["share"], command, arguments);

    private static async Task<string> RunInAsync(string folder, string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
