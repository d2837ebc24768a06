using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app</c>: what the engine does with applications.</summary>
internal static class AppCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("app", "Find applications, make recovery points of them and restore them.")
        {
            Examples =
            [
                "waybill app list --context prod",
                "waybill app plan shop",
                "waybill app protect shop",
                "waybill app restore shop --all-to local:restored-",
            ],
        };
        command.Add(AppListCommand.Create(console));
        command.Add(AppShowCommand.Create(console));
        command.Add(AppProtectCommand.Create(console));
        command.Add(AppPlanCommand.Create(console));
        command.Add(AppRestoreCommand.Create(console));
        return command;
    }
}
