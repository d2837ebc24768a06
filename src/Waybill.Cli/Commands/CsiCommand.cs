using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill csi</c>: drivers of the container storage interface.</summary>
internal static class CsiCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("csi", "Check that CSI drivers keep what the interface obliges them to.")
        {
            Examples = ["waybill csi verify --endpoint unix:///run/csi/csi.sock"],
        };
        command.Add(CsiVerifyCommand.Create(console));
        return command;
    }
}
