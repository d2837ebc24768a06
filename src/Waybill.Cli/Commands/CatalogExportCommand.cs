using System.CommandLine;
using Waybill.Bundles;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog export</c>: everything as JSON.</summary>
internal sealed class CatalogExportCommand
{
    private readonly Option<string> _output = new("--out") { Description = "The file to write. Default: standard output.", HelpName = "FILE", DefaultValueFactory = _ => "-" };
    private readonly Option<bool> _files = new("--files") { Description = "With the names of files." };
    private readonly CatalogAccess _access = new();
    private readonly CliConsole _console;

    private CatalogExportCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogExportCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("export", "Write everything the catalog knows as JSON.")
        {
            Examples = ["waybill catalog export --out catalog.json", "waybill catalog export | jq '.applications[].name'"],
            Notes = ["The form is that of docs/cli/schemas/catalog-export.json. The same bundles at the same places give the same bytes."],
        };
        command.Add(_output);
        command.Add(_files);
        _access.AddTo(command);
        command.SetAction(ExportAsync);
        return command;
    }

    private async Task<int> ExportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(_output);
        bool files = parsed.GetValue(_files);
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            if (path == "-")
            {
                Stream output = new StandardStream(_console.OpenOutput(), "standard output");
                await using (output.ConfigureAwait(false))
                {
                    await catalog.ExportAsync(output, files, cancellationToken).ConfigureAwait(false);
                    await output.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                }

                return ExitCode.Done;
            }

            AtomicOutput file = AtomicOutput.Create(path);
            await using (file.ConfigureAwait(false))
            {
                await catalog.ExportAsync(file.Stream, files, cancellationToken).ConfigureAwait(false);
                await file.Stream.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                await file.PublishAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return ExitCode.Done;
    }
}
