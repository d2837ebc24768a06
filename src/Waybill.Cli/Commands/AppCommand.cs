using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app</c>: what the engine does with applications.</summary>
internal static class AppCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("app", "Make recovery points of applications and restore them through their storage platforms.")
        {
            Examples =
            [
                "waybill app plan shop",
                "waybill app protect shop",
                "waybill app restore shop --all-to local:restored-",
            ],
        };
        command.Add(AppProtectCommand.Create(console));
        command.Add(AppPlanCommand.Create(console));
        command.Add(AppRestoreCommand.Create(console));
        return command;
    }
}
