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

    /// <summary>Gets what a person types, one answer after the other; a question without an answer left is as if there were no terminal.</summary>
    public Queue<string> Answers { get; } = new();

    /// <summary>Gets what a person was asked.</summary>
    public List<string> Questions { get; } = [];

    /// <summary>Gets what is behind descriptors that the caller left open.</summary>
    public Dictionary<int, byte[]> Descriptors { get; } = [];

    /// <summary>Gets the environment.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Gets or sets the configuration of the machine.</summary>
    public string ConfigurationFile { get; set; } = "/nonexistent/waybill.yaml";

    /// <summary>Gets or sets what stands between the command and the file of a new bundle.</summary>
    public Func<Stream, Stream> WrapFile { get; set; } = file => file;

    public ManualTime Time { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    public async Task<CliResult> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var bytes = new MemoryStream();
        CliConsole console = ToConsole(output, error, () => bytes);
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

    /// <summary>Makes the console that a command would see.</summary>
    public CliConsole ToConsole(TextWriter output, TextWriter error, Func<Stream>? openOutput = null) => new()
    {
        OpenInput = () => InputStream ?? new MemoryStream(Input, writable: false),
        OpenOutput = openOutput ?? (() => throw new InvalidOperationException("Nothing is written here.")),
        Output = output,
        Error = error,
        IsOutputTerminal = IsTerminal,
        IsErrorTerminal = IsTerminal,
        GetWidth = () => 100,
        Time = Time,
        GetVariable = Variables.GetValueOrDefault,
        ConfigurationFile = ConfigurationFile,
        WrapFile = WrapFile,
        OpenDescriptor = descriptor => Descriptors.TryGetValue(descriptor, out byte[]? bytes) ? new MemoryStream(bytes, writable: false) : throw new IOException("Bad file descriptor"),
        AskSecret = Answers.Count == 0 ? null : Ask,
    };

    private Task<char[]> Ask(string question, CancellationToken cancellationToken)
    {
        Questions.Add(question);
        return Task.FromResult(Answers.Dequeue().ToCharArray());
    }
}
