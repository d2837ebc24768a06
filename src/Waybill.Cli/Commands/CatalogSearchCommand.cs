using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog search</c>: applications by any fragment of what is known of them.</summary>
internal sealed class CatalogSearchCommand
{
    private readonly Argument<string> _text = new("TEXT") { Description = "A fragment of anything: a name, KEY=VALUE of a tag, an image, a host, a volume, a file; or an id." };
    private readonly Option<string[]> _kinds = new("--kind")
    {
        Description = "Only this: name, tag, host, cluster, namespace, uid, volume, snapshot, image, resource, file. Several may be given.", HelpName = "KIND",
    };

    private readonly Option<string> _at = new("--at") { Description = "Only what was so at this time: a day, or ISO 8601 in UTC.", HelpName = "TIME" };
    private readonly Option<string> _from = new("--from") { Description = "Only what was still so at this time or later.", HelpName = "TIME" };
    private readonly Option<string> _to = new("--to") { Description = "Only what was so at this time or earlier.", HelpName = "TIME" };
    private readonly Option<int> _limit = new("--limit") { Description = "How many hits to show at most.", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogSearchCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogSearchCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("search", "Find applications by a fragment of anything known of them, living or long gone.")
        {
            Examples =
            [
                "waybill catalog search shop",
                "waybill catalog search registry.example/web:1. --kind image",
                "waybill catalog search team=payments --at 2026-03-01",
                "waybill catalog search invoices.csv --json",
            ],
            Notes =
            [
                "Upper and lower case are the same. Fragments of less than three characters are found too, but slowly in a large catalog.",
            ],
        };
        command.Add(_text);
        command.Add(_kinds);
        command.Add(_at);
        command.Add(_from);
        command.Add(_to);
        command.Add(_limit);
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(SearchAsync);
        return command;
    }

    private async Task<int> SearchAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CatalogSearch search = Bind(parsed);
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            CatalogSearchResult result = await catalog.SearchAsync(search, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogSearchJson.Of(catalog, search, result), CliJsonContext.Default.CatalogSearchJson);
            }
            else
            {
                Write(result);
            }
        }

        return ExitCode.Done;
    }

    private CatalogSearch Bind(ParseResult parsed)
    {
        string? at = parsed.GetValue(_at);
        if (at is not null && (parsed.GetValue(_from) ?? parsed.GetValue(_to)) is not null)
        {
            throw new UsageException("--at stands for --from and --to with the same time.");
        }

        string text = parsed.GetRequiredValue(_text);
        int limit = parsed.GetValue(_limit);
        return text.Length == 0 || limit is < 1 or > 100_000
            ? throw new UsageException(text.Length == 0 ? "TEXT must not be empty." : "--limit must be from 1 to 100000.")
            : new CatalogSearch(text)
            {
                From = TimeArgument.Read("--at", at, isEnd: false) ?? TimeArgument.Read("--from", parsed.GetValue(_from), isEnd: false),
                To = TimeArgument.Read("--at", at, isEnd: true) ?? TimeArgument.Read("--to", parsed.GetValue(_to), isEnd: true),
                Kinds = [.. (parsed.GetValue(_kinds) ?? []).Select(JsonText.FactKindOf)],
                Limit = limit,
            };
    }

    private void Write(CatalogSearchResult result)
    {
        var table = new TextTable("", false, false, false, false, false);
        foreach (CatalogHit hit in result.Hits)
        {
            table.Add(
                TerminalText.Escape(CatalogText.Shorten(hit.Application.Name)),
                CatalogText.Span(hit.Fact.FirstSeen, hit.Fact.LastSeen),
                JsonText.Of(hit.Fact.Kind),
                TerminalText.Escape(CatalogText.Shorten(hit.Fact.Key.Length == 0 ? hit.Fact.Value : hit.Fact.Kind == FactKind.Tag ? $"{hit.Fact.Key}={hit.Fact.Value}" : $"{hit.Fact.Key} {hit.Fact.Value}")),
                hit.Application.Id.ToString());
        }

        table.Write(_console.Output);
        if (result.Hits.IsEmpty)
        {
            _console.Output.WriteLine("nothing found");
        }

        if (result.IsCut)
        {
            _console.Error.WriteLine("waybill: there is more; say more of the text, or use --kind, --at or --limit");
        }

        if (result.Hits.IsEmpty && result.PointsWithoutFiles > 0)
        {
            _console.Error.WriteLine("waybill: of some points the catalog does not know the files; 'waybill catalog scan DIR --depth files' adds them");
        }
    }
}
