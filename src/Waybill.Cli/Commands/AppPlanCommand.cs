using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Protect;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app plan</c>: what making a point would read, and why.</summary>
internal static class AppPlanCommand
{
    public static Command Create(CliConsole console)
    {
        var options = new ProtectOptions(writes: false);
        var command = new CliCommand("plan", "Say what a recovery point would read, and why it cannot be less.")
        {
            Examples = ["waybill app plan shop", "waybill app plan shop --full --json"],
            Notes = ["Snapshots are taken to ask the platform and removed again; the application is not held still, and nothing is stored."],
        };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => new ApplicationProtection(options.Bind(parsed), console).RunAsync(cancellationToken));
        return command;
    }
}
