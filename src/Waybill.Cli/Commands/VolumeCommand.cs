using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill volume</c>: the volumes of platforms.</summary>
internal static class VolumeCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("volume", "Look at the volumes of storage platforms.")
        {
            Examples =
            [
                "waybill volume list",
            ],
        };
        command.Add(VolumeListCommand.Create(console));
        return command;
    }
}
