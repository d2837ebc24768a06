using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>The options that say which catalog is meant.</summary>
internal sealed class CatalogAccess
{
    public const string Variable = "WAYBILL_CATALOG";

    private readonly Option<string> _catalog = new("--catalog")
    {
        Description = "The catalog: a file, or postgresql://USER@HOST/DATABASE. Default: $WAYBILL_CATALOG, then as configured.", HelpName = "FILE-OR-CONNECTION",
    };

    private readonly Option<string> _configuration = new("--config")
    {
        Description = "The configuration. Default: $WAYBILL_CONFIG, then /etc/waybill/waybill.yaml, then none.", HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        command.Add(_catalog);
        command.Add(_configuration);
    }

    /// <summary>Reads the configuration.</summary>
    public Task<WaybillConfiguration> ConfigureAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken) =>
        ConfigurationFiles.LoadAsync(new EngineRequest(parsed.GetValue(_configuration), Store: null, State: null), console, cancellationToken);

    /// <summary>Opens the catalog that is meant.</summary>
    public Task<BundleCatalog> OpenAsync(ParseResult parsed, WaybillConfiguration configuration, CatalogOptions options, CliConsole console, CancellationToken cancellationToken) =>
        OpenAsync(parsed.GetValue(_catalog), configuration, options, console, cancellationToken);

    /// <summary>Opens the catalog that was named, else that of the environment, else that of the configuration.</summary>
    public static async Task<BundleCatalog> OpenAsync(
        string? named, WaybillConfiguration configuration, CatalogOptions options, CliConsole console, CancellationToken cancellationToken)
    {
        string? variable = console.GetVariable(Variable) is { Length: > 0 } text ? text : null;
        string location = named ?? variable ?? configuration.Catalog;
        options.TimeProvider = console.Time;
        try
        {
            return location.Length == 0 ? throw new UsageException("--catalog needs a name.") : await BundleCatalog.OpenAsync(location, options, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--catalog cannot be used: {error.Message}");
        }
    }
}
