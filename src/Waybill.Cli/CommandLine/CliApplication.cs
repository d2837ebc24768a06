using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Waybill.Cli.Commands;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.CommandLine;

/// <summary>The whole command: parses, runs, and turns what went wrong into a line on standard error and an exit code.</summary>
internal static class CliApplication
{
    private static readonly ParserConfiguration s_parsing = new()
    {
        // "@name" is not read as a file of arguments: values that begin with @ are to be taken as they stand.
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Gets the version that is shown and recorded in bundles.</summary>
    public static string Version { get; } =
        typeof(CliApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">What stands behind the name of the command.</param>
    /// <param name="console">The process around it.</param>
    /// <param name="cancellationToken">Ends the work early; whatever was begun is cleaned up.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CliConsole console, CancellationToken cancellationToken)
    {
        ParseResult parsed = CreateRoot(console).Parse(arguments, s_parsing);
        try
        {
            int code = parsed is { Action: ParseErrorAction, Errors.Count: > 0 }
                ? ReportUsage(parsed, [.. parsed.Errors.Select(error => error.Message)], console)
                : await InvokeAsync(parsed, console, cancellationToken).ConfigureAwait(false);
            await console.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return code;
        }
        catch (UsageException error)
        {
            return ReportUsage(parsed, [error.Message], console);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await console.Error.WriteLineAsync("waybill: interrupted; what was not finished was removed").ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
        catch (WaybillException error)
        {
            await console.Error.WriteLineAsync(TerminalText.Escape(error.ToDisplayString())).ConfigureAwait(false);
            return CodeOf(error);
        }
        catch (IOException error)
        {
            // Everything the command itself opens reports its own errors; what is left is text for a reader that has gone.
            await console.Error.WriteLineAsync($"waybill: {TerminalText.Escape(error.Message)}").ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    /// <summary>Gets the exit code for an error: 3 if the bytes or signatures of a bundle are wrong, 1 for everything else. A key that is missing proves nothing.</summary>
    public static int CodeOf(WaybillException error) => error.Code switch
    {
        WaybillErrorCode.ParentMissing or WaybillErrorCode.NoMatchingKey or WaybillErrorCode.ScopeMissing => ExitCode.Failed,
        WaybillErrorCode.SignatureInvalid or WaybillErrorCode.SignatureMissing or WaybillErrorCode.SignerUntrusted => ExitCode.VerificationFailed,
        _ => error is BundleFormatException ? ExitCode.VerificationFailed : ExitCode.Failed,
    };

    private static Task<int> InvokeAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        var invocation = new InvocationConfiguration
        {
            Output = console.Output,
            Error = console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // the caller's token is cancelled instead
        };
        return parsed.InvokeAsync(invocation, cancellationToken);
    }

    // Not a RootCommand: that one takes its name from the running process, which need not be called waybill.
    private static Command CreateRoot(CliConsole console) => new("waybill", "Portable backups of applications that say whose data they are.")
    {
        AppCommand.Create(console),
        PointCommand.Create(console),
        LedgerCommand.Create(console),
        VolumeCommand.Create(console),
        ProviderCommand.Create(console),
        CsiCommand.Create(console),
        BundleCommand.Create(console),
        KeyCommand.Create(console),
        new HelpOption("--help", "-h") { Description = "Show this help.", Action = new CliHelpAction(new HelpAction()) },
        new VersionOption("--version") { Description = "Show the version.", Action = new CliVersionAction() },
    };

    private static int ReportUsage(ParseResult parsed, IReadOnlyList<string> messages, CliConsole console)
    {
        foreach (string message in messages)
        {
            console.Error.WriteLine($"waybill: {TerminalText.Escape(message)}");
        }

        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is System.CommandLine.Parsing.CommandResult command; result = result.Parent)
        {
            names.Insert(0, command.Command.Name);
        }

        console.Error.WriteLine($"Try '{string.Join(' ', names)} --help'.");
        return ExitCode.Usage;
    }
}
