using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Providers;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill volume list</c>: what there is on the platforms.</summary>
internal sealed class VolumeListCommand
{
    private readonly Option<string> _provider = new("--provider") { Description = "Only the volumes of this platform.", HelpName = "NAME" };
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private VolumeListCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new VolumeListCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("list", "List the volumes of the platforms, and what those can do with them.")
        {
            Examples = ["waybill volume list", "waybill volume list --provider local --json"],
            Notes =
            [
                "The columns: platform, id, name, size, whether snapshots can be taken, and how the platform tells what changed.",
                "The id is what a configuration and 'waybill app restore --onto' name a volume by.",
            ],
        };
        command.Add(_provider);
        _engine.AddTo(command);
        command.Add(_json);
        command.SetAction(ListAsync);
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(_engine.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        string? only = parsed.GetValue(_provider);
        IEnumerable<ProviderSettings> wanted = only is null ? configuration.Providers : [configuration.RequireProvider(only)];
        ProviderSet providers = await ProviderSet.OpenAsync(wanted, _console, cancellationToken).ConfigureAwait(false);
        await using (providers.ConfigureAwait(false))
        {
            List<ListedVolumeJson> volumes = [];
            foreach (IVolumeProvider provider in providers.All)
            {
                await foreach (VolumeDescriptor volume in provider.ListVolumesAsync(cancellationToken).ConfigureAwait(false))
                {
                    VolumeCapabilities capabilities = await provider.GetCapabilitiesAsync(volume.Id, cancellationToken).ConfigureAwait(false);
                    volumes.Add(ListedVolumeJson.Of(provider.Name, volume, capabilities));
                }
            }

            Report(volumes, parsed.GetValue(_json));
        }

        return ExitCode.Done;
    }

    private void Report(List<ListedVolumeJson> volumes, bool json)
    {
        if (json)
        {
            BundleReport.WriteJson(_console, new VolumeListReport([.. volumes]), CliJsonContext.Default.VolumeListReport);
            return;
        }

        var table = new TextTable("", false, false, false, true, false, false);
        foreach (ListedVolumeJson volume in volumes)
        {
            table.Add(
                TerminalText.Escape(volume.Provider),
                TerminalText.Escape(volume.Id),
                TerminalText.Escape(volume.Name),
                volume.Kind == "files" ? "files" : HumanUnits.Size(volume.Length),
                volume.Capabilities.Snapshots ? "snapshots" : "no snapshots",
                volume.Capabilities.Changes == "none" ? "" : $"changes: {volume.Capabilities.Changes}");
        }

        table.Write(_console.Output);
        if (volumes.Count == 0)
        {
            _console.Output.WriteLine("no volumes");
        }
    }
}
