using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog resolve</c>: which bundle holds the data of a logical name.</summary>
internal sealed class CatalogResolveCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "/CLUSTER/NAMESPACE/APPLICATION[/VOLUME][@TIME][/PATH]; - is a place not known, * is any." };
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogResolveCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogResolveCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("resolve", "Say which bundle holds the data of a logical name.")
        {
            Examples =
            [
                "waybill catalog resolve /prod/store/shop/orders@2026-03-01",
                "waybill bundle restore catalog:/prod/store/shop@2026-03-01 --to restored",
            ],
            Notes =
            [
                "Wherever a command takes a bundle to read, it takes catalog: and a logical name too, of the catalog of",
                "$WAYBILL_CATALOG or the configuration. Without a time the newest point that can be restored is meant.",
            ],
        };
        command.Add(_name);
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(ResolveAsync);
        return command;
    }

    private async Task<int> ResolveAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        LogicalName name = NamedBundle.Parse(parsed.GetRequiredValue(_name));
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            CatalogResolution resolution = await catalog.ResolveAsync(name, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogResolveJson.Of(catalog, name, resolution), CliJsonContext.Default.CatalogResolveJson);
            }
            else
            {
                _console.Output.WriteLine(TerminalText.Escape(Path.Combine(resolution.Copy.Store, resolution.Copy.Name)));
            }
        }

        return ExitCode.Done;
    }
}
