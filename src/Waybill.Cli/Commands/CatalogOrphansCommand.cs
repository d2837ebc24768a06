using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog orphans</c>: data without an application, applications without data.</summary>
internal sealed class CatalogOrphansCommand
{
    private readonly Option<string> _stale = new("--stale-after") { Description = "After what time without a point an application is stale. Default: 7d.", HelpName = "SPAN" };
    private readonly PlatformOption _platforms = new();
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogOrphansCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogOrphansCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("orphans", "Find data that belongs to no application, and applications that have no data.")
        {
            Examples = ["waybill catalog orphans", "waybill catalog orphans --ask --stale-after 2d", "waybill catalog orphans --context prod"],
            Notes =
            [
                "Without an application: bundles that cannot be read, points whose parents are missing, bundles with the same id and",
                "different content; with --ask or a cluster also volumes and snapshots that no point was made of, and volumes of a cluster",
                "whose claim is gone. Without data: applications whose bundles are gone or whose newest point is old, and with --ask or a",
                "cluster volumes that only bundles still hold.",
            ],
        };
        command.Add(_stale);
        _platforms.AddTo(command);
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(FindAsync);
        return command;
    }

    private async Task<int> FindAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TimeSpan? stale = TimeArgument.ReadSpan("--stale-after", parsed.GetValue(_stale));
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            var search = new OrphanSearch { Platforms = [.. await _platforms.AskAsync(parsed, configuration, _console, cancellationToken).ConfigureAwait(false)] };
            search = stale is { } span ? search with { StaleAfter = span } : search;
            IReadOnlyList<CatalogOrphan> orphans = await catalog.FindOrphansAsync(search, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogOrphansJson.Of(catalog, orphans), CliJsonContext.Default.CatalogOrphansJson);
            }
            else
            {
                Write(orphans);
            }
        }

        return ExitCode.Done;
    }

    private void Write(IReadOnlyList<CatalogOrphan> orphans)
    {
        foreach (IGrouping<OrphanKind, CatalogOrphan> kind in orphans.GroupBy(orphan => orphan.Kind))
        {
            _console.Output.WriteLine(TitleOf(kind.Key));
            var table = new TextTable("  ", false, false, false);
            foreach (CatalogOrphan orphan in kind)
            {
                string what = orphan.Problem is { } code ? $"WB{(int)code:D4}" : orphan.Missing.IsDefault ? "" : $"{orphan.Bundle} lacks {orphan.Missing}";
                table.Add(
                    TerminalText.Escape(orphan.Name),
                    orphan.Time is { } time ? CatalogText.Day(time) : "",
                    TerminalText.Escape(string.Join(", ", ((string[])[what, CatalogText.Shorten(orphan.Note)]).Where(text => text.Length > 0))));
            }

            table.Write(_console.Output);
        }

        if (orphans.Count == 0)
        {
            _console.Output.WriteLine("nothing is orphaned");
        }
    }

    private static string TitleOf(OrphanKind kind) => kind switch
    {
        OrphanKind.UnreadableBundle => "bundles that cannot be read",
        OrphanKind.MissingParent => "points whose parent is missing",
        OrphanKind.ConflictingBundles => "bundles with the same id and different content",
        OrphanKind.UnknownVolume => "volumes that no point was made of",
        OrphanKind.UnknownSnapshot => "snapshots that no point was made from",
        OrphanKind.StaleApplication => "applications without a fresh point",
        OrphanKind.ApplicationWithoutBundles => "applications whose bundles are gone",
        OrphanKind.MissingVolume => "volumes that only bundles still hold",
        OrphanKind.UnclaimedVolume => "volumes whose claim is gone",
        _ => kind.ToString(),
    };
}
