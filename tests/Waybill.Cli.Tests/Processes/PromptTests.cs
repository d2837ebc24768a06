using Waybill.Bundles;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Processes;

/// <summary>The command as a process with a terminal, at which a script types.</summary>
public sealed class PromptTests : IDisposable
{
    // Starts the command on a terminal of its own, answers each "…: " with the next line byte by byte, prints what the terminal showed and whether it was left as it was,
    // and ends as the command did.
    private const string Typist =
        """
        import fcntl, os, pty, sys, termios
        answers = [bytes(a, "utf-8").decode("unicode_escape").encode("latin-1") for a in os.environ["ANSWERS"].split("|")]
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        pid = os.fork()
        if pid == 0:
            os.close(master)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for standard in (0, 1, 2):
                os.dup2(slave, standard)
            os.close(slave)
            os.execvp(sys.argv[1], sys.argv[1:])
        fd = master
        os.close(slave)
        shown = b""
        states = []
        seen = 0
        while True:
            try:
                part = os.read(fd, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
            if shown.endswith(b": ") and len(shown) > seen and answers:
                seen = len(shown)
                states.append(bool(termios.tcgetattr(fd)[3] & termios.ECHO))
                for key in answers.pop(0):
                    os.write(fd, bytes([key]))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256
        sys.stdout.buffer.write(shown)
        print("\nechoes while asking:", any(states), "left as it was:", termios.tcgetattr(fd) == before)
        sys.exit(code)
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(@"hunter2\r|hunter2\r", "hunter2")]
    [InlineData(@"hunterr\x7f2\r|hunter2\r", "hunter2")]
    [InlineData(@"wrong\x15hunter2\r|hunter2\r", "hunter2")]
    [InlineData(@"h\xc3\xbcnter\r|h\xc3\xbcnter\r", "hünter")]
    [InlineData(@"\xe2\x82\xac\xf0\x9f\x98\x80unter\r|\xe2\x82\xac\xf0\x9f\x98\x80unter\r", "€😀unter")]
    [InlineData(@"hunter\xc3\xbc\xf0\x9f\x98\x80\x7f\x7f\r|hunter\r", "hunter")]
    [InlineData(@"hun\x1b[Ater\x1bOP\x1b[3~\x7fr\r|hunter\r", "hunter")]
    public async Task Passphrase_TypedAtTheTerminal_IsUsedAndNotShown(string answers, string passphrase)
    {
        CliResult result = await TypeAsync(answers, "key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.True(result.Code == ExitCode.Done, result.Output + result.Error);
        Assert.Contains("The same again: ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("unter", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", result.Output, StringComparison.Ordinal);
        AssertLeftAsItWas(result);
        using KeyFile file = await KeyFile.LoadAsync(_folder["a.key"]);
        file.Unlock(passphrase);
    }

    [SkippableFact]
    public async Task Interrupt_AtTheQuestion_EndsTheCommand()
    {
        CliResult result = await TypeAsync(@"hunter\x03", "key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.Equal(ExitCode.Interrupted, result.Code);
        Assert.DoesNotContain("hunter", result.Output, StringComparison.Ordinal);
        AssertLeftAsItWas(result);
        Assert.False(Path.Exists(_folder["a.key"]));
    }

    [SkippableFact]
    public async Task Character_ThatIsNotUtf8_IsRefused_InsteadOfTakingAnother()
    {
        CliResult result = await TypeAsync(@"h\xfcnter\r", "key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("WB1708: ", result.Output, StringComparison.Ordinal);
        AssertLeftAsItWas(result);
        Assert.False(Path.Exists(_folder["a.key"]));
    }

    [SkippableFact]
    public async Task Quit_AtTheQuestion_LeavesTheTerminalAsItWas()
    {
        CliResult result = await TypeAsync(@"hunter\x1c", "key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.NotEqual(ExitCode.Done, result.Code);
        AssertLeftAsItWas(result);
        Assert.False(Path.Exists(_folder["a.key"]));
    }

    [SkippableFact]
    public async Task Passphrase_ByDescriptorOfTheShell_IsRead()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: bash");
        using var line = WaybillProcess.Bash("$WAYBILL key new --out a.key --passphrase-fd 3 3<<<hush && $WAYBILL key public a.key --passphrase-fd 0 <<<hush", _folder.Path);

        CliResult result = await line.EndAsync();

        Assert.True(result.Code == ExitCode.Done, result.Error);
        Assert.Contains("-----BEGIN PUBLIC KEY-----", result.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("9")]
    [InlineData("1000000")]
    public async Task Descriptor_ThatIsNotOpen_IsReported(string descriptor)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: descriptors");
        using var process = WaybillProcess.Start("key", "new", "--out", _folder["a.key"], "--passphrase-fd", descriptor);

        CliResult result = await process.EndAsync();

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.StartsWith("WB1", result.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["a.key"]));
    }

    private static void AssertLeftAsItWas(CliResult result) =>
        Assert.Contains("echoes while asking: False left as it was: True", result.Output, StringComparison.Ordinal);

    private async Task<CliResult> TypeAsync(string answers, params string[] arguments)
    {
        Skip.If(OperatingSystem.IsWindows() || !File.Exists("/usr/bin/env"), "needs: a Unix terminal and python3");
        string script = _folder.Write("typist.py", Typist);
        string words = string.Join(' ', arguments.Select(word => $"'{word}'"));
        using var line = WaybillProcess.Bash($"ANSWERS='{answers}' python3 '{script}' $WAYBILL {words}", _folder.Path);
        return await line.EndAsync();
    }
}
