using System.Diagnostics;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Processes;

public sealed class ProcessTests : IDisposable
{
    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Process_ThroughAllOfIt_Works()
    {
        using var create = WaybillProcess.Start("bundle", "create", _shop["a.waybill"], "--app", "shop", "--volume", "data=" + _shop["data.img"], "--bytes", "in=-");
        await create.Input.WriteAsync(_shop.Dump);
        CliResult created = await create.EndAsync();
        Assert.Equal((ExitCode.Done, ""), (created.Code, created.Error));
        Assert.StartsWith($"{_shop["a.waybill"]}: ", created.Output, StringComparison.Ordinal);

        using var restore = WaybillProcess.Start("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);
        Assert.Equal(ExitCode.Done, (await restore.EndAsync()).Code);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/in"]));
    }

    [Fact]
    public async Task Process_WithoutArguments_EndsWith2()
    {
        using var process = WaybillProcess.Start();

        Assert.Equal(ExitCode.Usage, (await process.EndAsync()).Code);
    }

    [SkippableFact]
    public async Task Process_InAPipeline_PassesBundlesOn()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: bash");
        using var line = WaybillProcess.Bash(
            "set -euo pipefail; $WAYBILL bundle create - --app shop --bytes d=- < dump.sql 2>/dev/null | tee copy.waybill | $WAYBILL bundle restore - --to back"
            + " && $WAYBILL bundle read copy.waybill --bytes d | cmp - dump.sql && cmp back/bytes/d dump.sql && echo same",
            _shop.Folder);

        CliResult result = await line.EndAsync();

        Assert.True(result.Code == 0, result.Error);
        Assert.EndsWith("same\n", result.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Process_WritingToAFullDevice_SaysThatThereIsNoSpace()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs: /dev/full");
        using var line = WaybillProcess.Bash("$WAYBILL bundle create - --app shop --volume data=data.img > /dev/full", _shop.Folder);

        CliResult result = await line.EndAsync();

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.StartsWith("WB1605: ", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Process_WhoseReaderHasGone_EndsWithAnError()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: bash");
        await _shop.CreateFullAsync("a.waybill");
        using var line = WaybillProcess.Bash("$WAYBILL bundle read a.waybill --volume data | head -c 10 > /dev/null; exit ${PIPESTATUS[0]}", _shop.Folder);

        CliResult result = await line.EndAsync();

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.StartsWith("WB1602: ", result.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Process_AskedToStop_CleansUpAndEndsWith130(string signal)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: signals");
        string[] before = _shop.Names();
        using var process = WaybillProcess.Start("bundle", "create", _shop["x.waybill"], "--app", "shop", "--bytes", "in=-");
        await WriteUntilAFileGrowsAsync(process, 4 << 20);

        await Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExitAsync();
        string error = await process.WaitAsync();

        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Contains("interrupted", error, StringComparison.Ordinal);
        Assert.Equal(before, _shop.Names());
    }

    [Fact]
    public async Task Process_KilledAtAnyMoment_NeverPublishesWhatIsNotWhole()
    {
        var random = new Random(7);
        for (int round = 0; round < 10; round++)
        {
            string name = $"{round}.waybill";
            using var process = WaybillProcess.Start("bundle", "create", _shop[name], "--app", "shop", "--volume", "data=" + _shop["data.img"], "--bytes", "in=-");

            // Half of the rounds are killed while data goes in, the others around the end, where the bundle is completed and gets its name.
            bool atTheEnd = round % 2 == 1;
            await WriteUntilAFileGrowsAsync(process, atTheEnd ? 1 << 20 : random.Next(1, 12 << 20));
            if (atTheEnd)
            {
                process.Input.Close();
                for (int spins = random.Next(200); spins > 0 && !process.HasExited && !File.Exists(_shop[name]); spins--)
                {
                    Thread.SpinWait(20_000);
                }
            }

            process.Kill();
            await process.WaitAsync();
            if (File.Exists(_shop[name]))
            {
                Assert.True(atTheEnd, "A bundle was published before its input ended.");
                await _shop.VerifyAsync(name);
                CliResult volume = await _shop.Cli.DoneAsync("bundle", "read", _shop[name], "--volume", "data");
                Assert.Equal(_shop.Volume, volume.Bytes);
            }

            foreach (string left in Directory.EnumerateFiles(_shop.Folder, "*.waybill-partial"))
            {
                // What is left behind is no bundle by its name, and says so if it is asked.
                if (!atTheEnd)
                {
                    Assert.Equal(ExitCode.VerificationFailed, (await _shop.Cli.RunAsync("bundle", "verify", left)).Code);
                }

                File.Delete(left);
            }
        }
    }

    [SkippableFact]
    public async Task Create_OnAFullFileSystem_LeavesNothing()
    {
        string mount = _shop["small"];
        Directory.CreateDirectory(mount);
        Skip.IfNot(OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount), "needs: the right to mount a file system");
        try
        {
            CliResult created = await _shop.FailsAsync(ExitCode.Failed, "WB1605", "bundle", "create", Path.Combine(mount, "a.waybill"), "--app", "shop", "--volume", "data=" + _shop["data.img"]);
            Assert.Empty(created.Output);
            await _shop.CreateFullAsync();
            CliResult restored = await _shop.Cli.RunAsync("bundle", "restore", _shop["full.waybill"], "--to", mount, "--volume", "data");
            Assert.Equal(ExitCode.Failed, restored.Code);
            Assert.StartsWith("WB1605: ", restored.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(mount, "*", SearchOption.AllDirectories));
        }
        finally
        {
            Assert.True(await RunAsync("umount", mount));
        }
    }

    [SkippableFact]
    public async Task Protect_OfFilesOfWhichNotAllCanBeRead_SaysSo()
    {
        string inside = Path.Combine(_shop["notes"], "other");
        Directory.CreateDirectory(inside);
        Skip.IfNot(OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "tmpfs", inside), "needs: the right to mount a file system");
        try
        {
            CliResult made = await _shop.Cli.DoneAsync(
                "app", "protect", "shop", "--files", "notes=" + _shop["notes"], "--min-consistency", "none", "--store", _shop["store"], "--state", _shop["state"]);
            Assert.Contains("ATTENTION: 1 part of the files of notes could not be read", made.Output, StringComparison.Ordinal);
        }
        finally
        {
            Assert.True(await RunAsync("umount", inside));
        }
    }

    /// <summary>Writes to the command's input until it took so much that a file beside the output must have grown.</summary>
    private async Task WriteUntilAFileGrowsAsync(WaybillProcess process, long bytes)
    {
        byte[] piece = new byte[64 << 10];
        var random = new Random(11);
        for (long written = 0; written < bytes; written += piece.Length)
        {
            random.NextBytes(piece);
            await process.Input.WriteAsync(piece);
        }

        Assert.Single(Directory.EnumerateFiles(_shop.Folder, ".*.waybill-partial"));
    }

    private static async Task<bool> RunAsync(string command, params string[] arguments)
    {
        using Process? process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true });
        if (process is null)
        {
            return false;
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
