using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Keys;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog add</c>: some bundles into the catalog.</summary>
internal sealed class CatalogAddCommand
{
    private readonly Argument<string[]> _bundles = new("BUNDLE") { Description = "The bundles.", Arity = ArgumentArity.OneOrMore };
    private readonly DepthOption _depth = new(CatalogDepth.Files);
    private readonly CatalogAccess _access = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogAddCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogAddCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("add", "Add bundles to the catalog, with the names of their files.")
        {
            Examples =
            [
                "waybill catalog add monday.waybill tuesday.waybill",
                "waybill catalog add sealed.waybill --key reader.key --catalog postgresql://waybill@db/catalog",
            ],
            Notes =
            [
                "The content of files and volumes is never read, and a key of --recipient-metadata suffices. Adding a bundle again",
                "changes nothing. Signatures are not checked: the catalog says what bundles say of themselves.",
            ],
        };
        command.Add(_bundles);
        _depth.AddTo(command);
        _access.AddTo(command);
        _keys.AddTo(command);
        command.Add(_json);
        command.SetAction(AddAsync);
        return command;
    }

    private async Task<int> AddAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CatalogDepth depth = _depth.Bind(parsed);
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        using KeyRing keys = await KeyOptions.LoadAsync(configuration.KeysFor(_keys.Bind(parsed)) with { Signers = [], TimestampAuthority = null }, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { ReplaceDamaged = true }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            var scanner = new CatalogScanner(catalog, new CatalogScanOptions { Depth = depth, Reader = keys.ToReaderOptions() });
            CatalogScanReport report = await scanner.AddAsync(parsed.GetRequiredValue(_bundles), progress: null, cancellationToken).ConfigureAwait(false);
            return CatalogScanText.Write(_console, catalog, report, "waybill.catalog.add.v1", parsed.GetValue(_json));
        }
    }
}
