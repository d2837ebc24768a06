using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Waybill.Cli.CommandLine;

/// <summary>Prints the usual help of a command, and after it the notes and examples of a <see cref="CliCommand"/>.</summary>
internal sealed class CliHelpAction(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        inner.MaxWidth = 110;
        inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is CliCommand command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            WriteLines(output, command.Notes, "");
            output.WriteLine("Examples:");
            WriteLines(output, command.Examples, "  ");
        }

        return ExitCode.Done;
    }

    private static void WriteLines(TextWriter output, string[] lines, string indent)
    {
        foreach (string line in lines)
        {
            output.WriteLine(line.Length == 0 ? "" : indent + line);
        }

        if (lines.Length > 0)
        {
            output.WriteLine();
        }
    }
}
