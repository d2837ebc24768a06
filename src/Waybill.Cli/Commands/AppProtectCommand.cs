using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Protect;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app protect</c>: makes a recovery point.</summary>
internal static class AppProtectCommand
{
    public static Command Create(CliConsole console)
    {
        var options = new ProtectOptions(writes: true);
        var command = new CliCommand("protect", "Make a recovery point of an application: snapshots, what changed, verified, committed.")
        {
            Examples =
            [
                "waybill app protect shop",
                "waybill app protect shop --config waybill.yaml --tag ticket=OPS-7",
                "waybill app protect shop --dry-run",
                "waybill app protect shop --context prod --as prod-shop",
                "waybill app protect notes --files notes=/srv/notes --store /backup/store --min-consistency none",
            ],
            Notes =
            [
                "The application is held still as configured while snapshots are taken, and goes on before anything is copied. The",
                "bundle appears in the store when it is verified, and not before. A run that is interrupted, even killed, goes on",
                "where it was with the same command; 'waybill ledger list' shows what it left.",
                "An application that is not configured is what --volume, --files and --resources say. What the platform cannot take",
                "snapshots of is read as it is, which --min-consistency none allows.",
                "With --context, --kubeconfig or --in-cluster NAME is what selects the application there, as for 'waybill app show', and",
                "its objects are stored, byte for byte, with the data behind its claims where their driver hands it over; a claim whose",
                "data stays out is listed. Commands that annotations of pods name are run in them before and after the snapshots; without",
                "them a point is as after a power cut: --min-consistency crash is then what a cluster gives.",
                "Recipients, --sign and --key go before those of the configuration.",
            ],
        };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => new ApplicationProtection(options.Bind(parsed), console).RunAsync(cancellationToken));
        return command;
    }
}
