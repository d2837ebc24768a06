using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog show</c>: what is known of an application.</summary>
internal sealed class CatalogShowCommand
{
    private readonly Argument<string> _application = new("APP") { Description = "The application: a name it has or had, its id, or the id of one of its bundles." };
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogShowCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogShowCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("show", "Show what is known of an application: where it ran, what it was called, what can be restored.")
        {
            Examples = ["waybill catalog show shop", "waybill catalog show shop --json | jq '.applications[0].tags'"],
            Notes = ["If several applications have the name, all are shown, the one seen last first."],
        };
        command.Add(_application);
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
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogLivesJson.Of("waybill.catalog.show.v1", catalog, lives), CliJsonContext.Default.CatalogLivesJson);
                return ExitCode.Done;
            }

            foreach (CatalogLife life in lives)
            {
                LifeText.Write(_console, life);
            }
        }

        return ExitCode.Done;
    }
}
