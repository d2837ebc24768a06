using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Waybill.Cli.CommandLine;

/// <summary>Prints the usual help of a command, and after it the notes and examples of a <see cref="CliCommand"/>.</summary>
internal sealed class CliHelpAction(HelpAction inner) : SynchronousCommandLineAction
{
    private const int MaxWidth = 110;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        foreach (string line in StandardHelp(parseResult).Split('\n'))
        {
            output.WriteLine(line.TrimEnd());
        }

        if (parseResult.CommandResult.Command is CliCommand command)
        {
            WriteLines(output, command.Notes, "");
            output.WriteLine("Examples:");
            WriteLines(output, command.Examples, "  ");
        }

        return ExitCode.Done;
    }

    private string StandardHelp(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        using var help = new StringWriter { NewLine = "\n" };
        parseResult.InvocationConfiguration.Output = help;
        try
        {
            inner.MaxWidth = MaxWidth;
            inner.Invoke(parseResult);
        }
        finally
        {
            parseResult.InvocationConfiguration.Output = output;
        }

        return help.ToString().TrimEnd() + "\n";
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
