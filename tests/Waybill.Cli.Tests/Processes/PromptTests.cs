using Waybill.Bundles;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Processes;

/// <summary>The command as a process with a terminal, at which a script types.</summary>
public sealed class PromptTests : IDisposable
{
    // Starts the command on a terminal of its own, answers each "…: " with the next line, prints what the terminal showed, and ends as the command did.
    private const string Typist =
        """
        import os, pty, sys
        answers = [bytes(a, "utf-8").decode("unicode_escape").encode("latin-1") for a in os.environ["ANSWERS"].split("|")]
        pid, fd = pty.fork()
        if pid == 0:
            os.execvp(sys.argv[1], sys.argv[1:])
        shown = b""
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
                for key in answers.pop(0):
                    os.write(fd, bytes([key]))
        sys.stdout.buffer.write(shown)
        sys.stdout.flush()
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(@"hunter2\r|hunter2\r", "hunter2")]
    [InlineData(@"hunterr\x7f2\r|hunter2\r", "hunter2")]
    [InlineData(@"wrong\x15hunter2\r|hunter2\r", "hunter2")]
    public async Task Passphrase_TypedAtTheTerminal_IsUsedAndNotShown(string answers, string passphrase)
    {
        CliResult result = await TypeAsync(answers, "key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.True(result.Code == ExitCode.Done, result.Output + result.Error);
        Assert.Contains("The same again: ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("unter", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", result.Output, StringComparison.Ordinal);
        using KeyFile file = await KeyFile.LoadAsync(_folder["a.key"]);
        file.Unlock(passphrase);
    }

    [SkippableFact]
    public async Task Interrupt_AtTheQuestion_EndsTheCommand()
    {
        CliResult result = await TypeAsync(@"hunter\x03", "key", "new", "--out", _folder["a.key"], "--passphrase");

        Assert.Equal(ExitCode.Interrupted, result.Code);
        Assert.DoesNotContain("hunter", result.Output, StringComparison.Ordinal);
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

    private async Task<CliResult> TypeAsync(string answers, params string[] arguments)
    {
        Skip.If(OperatingSystem.IsWindows() || !File.Exists("/usr/bin/env"), "needs: a Unix terminal and python3");
        string script = _folder.Write("typist.py", Typist);
        string words = string.Join(' ', arguments.Select(word => $"'{word}'"));
        using var line = WaybillProcess.Bash($"ANSWERS='{answers}' python3 '{script}' $WAYBILL {words}", _folder.Path);
        return await line.EndAsync();
    }
}
