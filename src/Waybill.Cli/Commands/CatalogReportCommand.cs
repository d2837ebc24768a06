using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog report</c>: a page of the whole catalog.</summary>
internal sealed class CatalogReportCommand
{
    private readonly Option<string> _html = new("--html") { Description = "The page to write. It needs no network and no script.", HelpName = "FILE", Required = true };
    private readonly Option<string> _stale = new("--stale-after") { Description = "After what time without a point an application is stale. Default: 7d.", HelpName = "SPAN" };
    private readonly PlatformOption _platforms = new();
    private readonly CatalogAccess _access = new();
    private readonly CliConsole _console;

    private CatalogReportCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogReportCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("report", "Make a page of what there is, when it was seen, and what is orphaned.")
        {
            Examples = ["waybill catalog report --html report.html", "waybill catalog report --html report.html --ask"],
            Notes = ["The 500 applications seen last are drawn."],
        };
        command.Add(_html);
        command.Add(_stale);
        _platforms.AddTo(command);
        _access.AddTo(command);
        command.SetAction(WriteAsync);
        return command;
    }

    private async Task<int> WriteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TimeSpan? stale = TimeArgument.ReadSpan("--stale-after", parsed.GetValue(_stale));
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            var search = new OrphanSearch { Platforms = [.. await _platforms.AskAsync(parsed, configuration, _console, cancellationToken).ConfigureAwait(false)] };
            search = stale is { } span ? search with { StaleAfter = span } : search;
            CatalogOverview overview = await CatalogOverview.ReadAsync(catalog, search, cancellationToken: cancellationToken).ConfigureAwait(false);
            await PageFile.WriteAsync(parsed.GetRequiredValue(_html), CatalogPages.Report(overview, _console.Time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        }

        return ExitCode.Done;
    }
}
