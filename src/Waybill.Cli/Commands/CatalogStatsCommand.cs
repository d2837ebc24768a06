using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog stats</c>: how much the catalog knows.</summary>
internal sealed class CatalogStatsCommand
{
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogStatsCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogStatsCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("stats", "Count what the catalog knows.")
        {
            Examples = ["waybill catalog stats", "waybill catalog stats --json"],
        };
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(CountAsync);
        return command;
    }

    private async Task<int> CountAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            CatalogStatistics counts = await catalog.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogStatsJson.Of(catalog, counts), CliJsonContext.Default.CatalogStatsJson);
                return ExitCode.Done;
            }

            TextWriter output = _console.Output;
            output.WriteLine(TerminalText.Escape(catalog.Name));
            output.WriteLine($"  applications  {counts.Applications:N0}");
            output.WriteLine($"  points        {counts.Points:N0}, {counts.GonePoints:N0} of them gone, {counts.PointsWithoutFiles:N0} without the names of their files");
            output.WriteLine($"  bundles       {counts.Copies:N0} in {HumanUnits.Count(counts.Stores, "directory or store", "directories or stores")}, {HumanUnits.Size(counts.CopyBytes)}, {counts.UnreadableCopies:N0} unreadable");
            output.WriteLine($"  facts         {counts.Facts:N0}");
            output.WriteLine($"  files         {counts.Files:N0}");
            if (counts is { FirstSeen: { } first, LastSeen: { } last })
            {
                output.WriteLine($"  seen          {CatalogText.Span(first, last)}");
            }
        }

        return ExitCode.Done;
    }
}
