using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Tests;

/// <summary>Runs the whole command inside the test's process, with standard streams and a clock of the test's own.</summary>
internal sealed class TestCli
{
    public byte[] Input { get; set; } = [];

    /// <summary>Gets or sets the stream to read instead of <see cref="Input"/>.</summary>
    public Stream? InputStream { get; set; }

    public bool IsTerminal { get; set; }

    public ManualTime Time { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    public async Task<CliResult> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var bytes = new MemoryStream();
        var console = new CliConsole
        {
            OpenInput = () => InputStream ?? new MemoryStream(Input, writable: false),
            OpenOutput = () => bytes,
            Output = output,
            Error = error,
            IsOutputTerminal = IsTerminal,
            IsErrorTerminal = IsTerminal,
            GetWidth = () => 100,
            Time = Time,
        };
        int code = await CliApplication.RunAsync(arguments, console, cancellationToken);
        return new CliResult(code, output.ToString(), error.ToString(), bytes.ToArray());
    }

    public Task<CliResult> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    /// <summary>Runs a command that must succeed.</summary>
    public async Task<CliResult> DoneAsync(params string[] arguments)
    {
        CliResult result = await RunAsync(arguments);
        Assert.True(result.Code == ExitCode.Done, $"waybill {string.Join(' ', arguments)}\nended with {result.Code}:\n{result.Error}{result.Output}");
        return result;
    }
}
