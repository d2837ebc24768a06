using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Providers;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill provider list</c>: the platforms that are configured, and what they can do.</summary>
internal sealed class ProviderListCommand
{
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private ProviderListCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new ProviderListCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("list", "List the storage platforms and the roles each has.")
        {
            Examples = ["waybill provider list", "waybill provider list --config waybill.yaml --json"],
        };
        _engine.AddTo(command);
        command.Add(_json);
        command.SetAction(ListAsync);
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(_engine.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        ProviderSet providers = await ProviderSet.OpenAsync(configuration.Providers, _console, cancellationToken).ConfigureAwait(false);
        await using (providers.ConfigureAwait(false))
        {
            ListedProviderJson[] listed =
                [.. providers.All.Zip(configuration.Providers, (provider, settings) => new ListedProviderJson(provider.Name, "local", settings.PoolDirectory, [.. RolesOf(provider)]))];
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, new ProviderListReport(listed), CliJsonContext.Default.ProviderListReport);
                return ExitCode.Done;
            }

            var table = new TextTable("", false, false, false, false);
            foreach (ListedProviderJson provider in listed)
            {
                table.Add(TerminalText.Escape(provider.Name), provider.Type, TerminalText.Escape(provider.Pool), string.Join(", ", provider.Roles));
            }

            table.Write(_console.Output);
        }

        return ExitCode.Done;
    }

    private static IEnumerable<string> RolesOf(IVolumeProvider provider)
    {
        (string Role, bool Has)[] roles =
        [
            ("volumes", true), ("provisioning", provider is IVolumeProvisioner), ("snapshots", provider is ISnapshotProvider), ("groups", provider is IGroupSnapshotProvider),
            ("changes", provider is IChangeSource), ("files", provider is IFileTreeProvider), ("changed-files", provider is IChangedFileSource),
        ];
        return roles.Where(role => role.Has).Select(role => role.Role);
    }
}
