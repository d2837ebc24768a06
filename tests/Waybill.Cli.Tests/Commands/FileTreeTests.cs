using System.Diagnostics;
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
    public async Task Restore_OfADamagedTree_LeavesNoTreeUnderTheName()
    {
        await MakeShareAsync();
        await CreateAsync("a.waybill", "--codec", "none");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        byte[] big = await File.ReadAllBytesAsync(_shop["share/docs/big.bin"]);
        bundle[bundle.AsSpan().IndexOf(big.AsSpan(100_000, 64))] ^= 1;
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle);

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("what was restored so far is in", result.Error, StringComparison.Ordinal);
        Assert.Equal([_shop["back/files/share.waybill-partial"]], Directory.EnumerateFileSystemEntries(_shop["back/files"]));
    }

    [SkippableFact]
    public async Task Create_OfADirectoryThatIsNone_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

        await _shop.FailsAsync(ExitCode.Failed, "WB1601", "bundle", "create", _shop["a.waybill"], "--app", "shop", "--files", "share=" + _shop["data.img"]);
    }

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
            ? string.Join('\n', list.Split('\n').Order(StringComparer.Ordinal)) + await RunInAsync(_shop[folder], "bash", "-c", "find . -type f -print0 | sort -z | xargs -0 sha256sum")
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
