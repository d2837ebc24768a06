using System.CommandLine;
using System.CommandLine.Invocation;

namespace Waybill.Cli.CommandLine;

/// <summary>Prints name and version.</summary>
internal sealed class CliVersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"waybill {CliApplication.Version}");
        return ExitCode.Done;
    }
}
