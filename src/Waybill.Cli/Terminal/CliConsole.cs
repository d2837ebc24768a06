using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Cli.Terminal;

/// <summary>Everything the command sees of the process around it: standard streams, terminal, clock and environment. Tests pass their own.</summary>
internal sealed class CliConsole
{
    /// <summary>Gets what opens standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Gets what opens standard output for bytes; used instead of <see cref="Output"/>, never together with it.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Gets standard output for text.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Gets standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Gets whether a person may be reading standard output.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Gets whether a person may be reading standard error, so that progress is worth showing.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Gets the number of columns of the terminal; asked only if there is one.</summary>
    public Func<int> GetWidth { get; init; } = () => 80;

    /// <summary>Gets what opens a descriptor that the caller of the process left open.</summary>
    public Func<int, Stream> OpenDescriptor { get; init; } = _ => throw new NotSupportedException("There are no descriptors here.");

    /// <summary>Gets what shows a question and reads a secret that is not shown; null if there is no terminal for it.</summary>
    public Func<string, CancellationToken, Task<char[]>>? AskSecret { get; init; }

    /// <summary>Gets what stands between the command and the file of a new bundle: nothing, but for tests that put faults there.</summary>
    public Func<Stream, Stream> WrapFile { get; init; } = file => file;

    /// <summary>Gets what reads a variable of the environment.</summary>
    public Func<string, string?> GetVariable { get; init; } = _ => null;

    /// <summary>Gets the configuration of the machine, which is read if it is there.</summary>
    public string ConfigurationFile { get; init; } = "/etc/waybill/waybill.yaml";

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the console of this process.</summary>
    public static CliConsole OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var error = new StreamWriter(Console.OpenStandardError(), utf8, bufferSize: 256) { AutoFlush = true };
        return new CliConsole
        {
            OpenInput = () => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : Open(0, FileAccess.Read),
            OpenOutput = () => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : Open(1, FileAccess.Write),
            Output = new StreamWriter(Console.OpenStandardOutput(), utf8, bufferSize: 4096),
            Error = error,
            IsOutputTerminal = !Console.IsOutputRedirected,
            IsErrorTerminal = !Console.IsErrorRedirected,
            OpenDescriptor = descriptor => OperatingSystem.IsWindows()
                ? throw new NotSupportedException("Windows has no descriptors.")
                : Open(descriptor, FileAccess.Read),
            AskSecret = Console.IsInputRedirected || Console.IsErrorRedirected
                ? null
                : (prompt, cancellationToken) => SecretPrompt.AskAsync(error, prompt, cancellationToken),
            GetVariable = Environment.GetEnvironmentVariable,
            GetWidth = () => Math.Max(40, Console.WindowWidth),
        };
    }

    // The base library's own stream pretends that all is well when the reader of a pipe has gone. Half a bundle must not look like a whole one.
    private static FileStream Open(int descriptor, FileAccess access) =>
        new(new SafeFileHandle(descriptor, ownsHandle: false), access, bufferSize: 0, isAsync: false);
}
