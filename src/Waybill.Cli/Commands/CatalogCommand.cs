using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog</c>: where the data of applications is and was.</summary>
internal static class CatalogCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("catalog", "Find out whose data is where, also long after an application is gone.")
        {
            Examples =
            [
                "waybill catalog scan /backup",
                "waybill catalog search shop",
                "waybill catalog timeline shop",
            ],
            Notes =
            [
                "A catalog is an index over bundles. It is made by the first scan, and can be made again from the bundles at any time.",
            ],
        };
        command.Add(CatalogAddCommand.Create(console));
        command.Add(CatalogScanCommand.Create(console));
        command.Add(CatalogSearchCommand.Create(console));
        command.Add(CatalogShowCommand.Create(console));
        command.Add(CatalogTimelineCommand.Create(console));
        command.Add(CatalogWhereCommand.Create(console));
        command.Add(CatalogOrphansCommand.Create(console));
        command.Add(CatalogResolveCommand.Create(console));
        command.Add(CatalogReportCommand.Create(console));
        command.Add(CatalogStatsCommand.Create(console));
        command.Add(CatalogExportCommand.Create(console));
        command.Add(CatalogPruneCommand.Create(console));
        return command;
    }
}
