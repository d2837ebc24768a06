using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill point</c>: the points in a store.</summary>
internal static class PointCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("point", "Look at the recovery points in a store.")
        {
            Examples =
            [
                "waybill point list --app shop",
            ],
        };
        command.Add(PointListCommand.Create(console));
        return command;
    }
}
