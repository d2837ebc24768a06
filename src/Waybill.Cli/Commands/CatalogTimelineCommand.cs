using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog timeline</c>: an application's whole life.</summary>
internal sealed class CatalogTimelineCommand
{
    private readonly Argument<string> _application = new("APP") { Description = "The application: a name it has or had, its id, or the id of one of its bundles." };
    private readonly Option<string> _html = new("--html") { Description = "Write a page that needs no network and no script instead of text.", HelpName = "FILE" };
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogTimelineCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogTimelineCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("timeline", "Show an application's whole life: places, points, gaps, and what of it can be restored.")
        {
            Examples = ["waybill catalog timeline shop", "waybill catalog timeline shop --html shop.html", "waybill catalog timeline 0123456789abcdef0123456789abcdef --json"],
            Notes =
            [
                "In the drawing a line is a place, * is a point that can be restored, x one that cannot, and . a time without points.",
                "A page shows one application; if several have the name, give the id.",
            ],
        };
        command.Add(_application);
        command.Add(_html);
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(ShowAsync);
        return command;
    }

    private async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            IReadOnlyList<CatalogLife> lives = await ApplicationFinder.FindAsync(catalog, parsed.GetRequiredValue(_application), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_html) is { } file)
            {
                CatalogLife only = lives.Count == 1 ? lives[0] : throw Several(lives, catalog.Name);
                await PageFile.WriteAsync(file, CatalogPages.Timeline(only, _console.Time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
                return ExitCode.Done;
            }

            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogLivesJson.Of("waybill.catalog.timeline.v1", catalog, lives), CliJsonContext.Default.CatalogLivesJson);
                return ExitCode.Done;
            }

            foreach (CatalogLife life in lives)
            {
                LifeText.WriteHead(_console, life);
                TimelineText.Write(_console, life);
                _console.Output.WriteLine();
            }
        }

        return ExitCode.Done;
    }

    private static WaybillException Several(IReadOnlyList<CatalogLife> lives, string catalog) =>
        new(WaybillErrorCode.NameAmbiguous, $"Several applications have that name: {string.Join(", ", lives.Select(life => life.Application.Id))}") { ObjectName = catalog, Hint = "Give the id." };
}
