using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog prune</c>: forgets what is long gone.</summary>
internal sealed class CatalogPruneCommand
{
    private readonly Option<string> _goneFor = new("--gone-for") { Description = "How long bundles must have been gone, such as 2y or 90d.", HelpName = "SPAN", Required = true };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count." };
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogPruneCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogPruneCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("prune", "Forget points whose bundles have been gone for some time.")
        {
            Examples = ["waybill catalog prune --gone-for 2y --dry-run"],
            Notes = ["The catalog remembers points whose bundles are gone until it is told not to. Bundles are never touched."],
        };
        command.Add(_goneFor);
        command.Add(_dryRun);
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(PruneAsync);
        return command;
    }

    private async Task<int> PruneAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TimeSpan span = TimeArgument.ReadSpan("--gone-for", parsed.GetRequiredValue(_goneFor))!.Value;
        bool dryRun = parsed.GetValue(_dryRun);
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            long points = await catalog.PruneAsync(_console.Time.GetUtcNow() - span, dryRun, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, new CatalogPruneJson(catalog.Name, dryRun, points), CliJsonContext.Default.CatalogPruneJson);
            }
            else
            {
                _console.Output.WriteLine($"{HumanUnits.Count(points, "point", "points")} {(dryRun ? "would be" : points == 1 ? "is" : "are")} forgotten");
            }
        }

        return ExitCode.Done;
    }
}
