using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var signals = new ProcessSignals();
        return await CliApplication.RunAsync(arguments, CliConsole.OfProcess(), signals.Token).ConfigureAwait(false);
    }
}
