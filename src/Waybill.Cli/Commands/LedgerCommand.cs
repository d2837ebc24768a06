using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill ledger</c>: what runs made outside and is not settled yet.</summary>
internal static class LedgerCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("ledger", "See and settle what interrupted runs left behind.")
        {
            Examples =
            [
                "waybill ledger list",
                "waybill ledger sweep",
            ],
        };
        command.Add(LedgerListCommand.Create(console));
        command.Add(LedgerSweepCommand.Create(console));
        return command;
    }
}
