using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Keys;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog scan</c>: everything in a directory into the catalog.</summary>
internal sealed class CatalogScanCommand
{
    private readonly Argument<string> _directory = new("DIR") { Description = "The directory. Default: the store, as configured.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _rebuild = new("--rebuild") { Description = "Move the file of the catalog aside first and begin a new one." };
    private readonly DepthOption _depth = new(CatalogDepth.Manifest);
    private readonly CatalogAccess _access = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogScanCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogScanCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("scan", "Add all bundles below a directory to the catalog, and note which are gone.")
        {
            Examples =
            [
                "waybill catalog scan /backup",
                "waybill catalog scan /backup --depth files",
                "waybill catalog scan --config waybill.yaml --key reader.key",
                "waybill catalog scan /backup --rebuild",
            ],
            Notes =
            [
                "Only the ends of bundles are read, unless --depth asks for more; a key of --recipient-metadata suffices for all of it.",
                "Scanning again, or several at once, changes nothing that is right. What cannot be read is listed on standard error",
                "and remembered: 'waybill catalog orphans' shows it. What is gone stays in the catalog, marked as gone.",
                "A small file of a catalog that is damaged is moved aside, and a new one begun.",
            ],
        };
        command.Add(_directory);
        command.Add(_rebuild);
        _depth.AddTo(command);
        _access.AddTo(command);
        _keys.AddTo(command);
        command.Add(_json);
        command.SetAction(ScanAsync);
        return command;
    }

    private async Task<int> ScanAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CatalogDepth depth = _depth.Bind(parsed);
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        string directory = parsed.GetValue(_directory) ?? configuration.StoreDirectory;
        if (!Directory.Exists(directory))
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", "There is no such directory of bundles") { ObjectName = directory };
        }

        using KeyRing keys = await KeyOptions.LoadAsync(configuration.KeysFor(_keys.Bind(parsed)) with { Signers = [], TimestampAuthority = null }, _console, cancellationToken).ConfigureAwait(false);
        var options = new CatalogOptions { ReplaceDamaged = true, BeginAnew = parsed.GetValue(_rebuild) };
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, options, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            var scanner = new CatalogScanner(catalog, new CatalogScanOptions { Depth = depth, Reader = keys.ToReaderOptions() });
            CatalogScanReport report;
            using (var line = new CatalogProgress(_console))
            {
                report = await scanner.ScanAsync(directory, line, cancellationToken).ConfigureAwait(false);
            }

            return CatalogScanText.Write(_console, catalog, report, "waybill.catalog.scan.v1", parsed.GetValue(_json));
        }
    }
}
