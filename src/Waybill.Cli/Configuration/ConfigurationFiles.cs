using System.Collections.Immutable;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Configuration;

/// <summary>Finds the configuration: the file that was named, else that of the environment, else that of the machine, else what needs no file.</summary>
internal static class ConfigurationFiles
{
    public const string Variable = "WAYBILL_CONFIG";

    private const int MaxLength = 1 << 20;

    /// <summary>Reads the configuration.</summary>
    /// <param name="request">What the command line says of it.</param>
    /// <param name="console">The process around it.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>, <see cref="WaybillErrorCode.SourceReadFailed"/>.</exception>
    public static async Task<WaybillConfiguration> LoadAsync(EngineRequest request, CliConsole console, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = Default(console);
        string? variable = console.GetVariable(Variable) is { Length: > 0 } named ? named : null;
        string? file = request.Configuration ?? variable ?? (File.Exists(console.ConfigurationFile) ? console.ConfigurationFile : null);
        if (file is not null)
        {
            byte[] content = await ReadAsync(file, cancellationToken).ConfigureAwait(false);
            configuration = ConfigurationBinder.Bind(file, ConfigurationParser.Parse(file, content), configuration, console.Time);
        }

        return configuration with
        {
            StoreDirectory = request.Store is null ? configuration.StoreDirectory : Path.GetFullPath(request.Store),
            NamesStore = configuration.NamesStore || request.Store is not null,
            StateDirectory = request.State is null ? configuration.StateDirectory : Path.GetFullPath(request.State),
        };
    }

    private static WaybillConfiguration Default(CliConsole console)
    {
        string home = console.GetVariable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathRooted(state)
            ? state
            : Path.Combine(console.GetVariable("HOME") is { Length: > 0 } user ? user : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        string directory = Path.Combine(home, "waybill");
        return new WaybillConfiguration
        {
            StoreDirectory = Path.Combine(directory, "store"),
            StateDirectory = Path.Combine(directory, "state"),
            Catalog = Path.Combine(directory, "catalog.db"),
            Providers = ImmutableArray.Create(new ProviderSettings("local", Path.Combine(directory, "pool"), [])),
        };
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(file).Length <= MaxLength
                ? await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false)
                : throw ConfigurationError.At(file, 1, $"A configuration has at most {HumanUnits.Size(MaxLength)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The configuration cannot be read: {error.Message}", error) { ObjectName = file };
        }
    }
}
