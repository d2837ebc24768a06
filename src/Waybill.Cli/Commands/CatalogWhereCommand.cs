using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill catalog where</c>: every place where the data of a volume is.</summary>
internal sealed class CatalogWhereCommand
{
    private readonly Argument<string> _volume = new("VOLUME") { Description = "A fragment of the volume's name, handle, claim, storage class or snapshot; or the id of its stream." };
    private readonly PlatformOption _platforms = new();
    private readonly CatalogAccess _access = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CatalogWhereCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CatalogWhereCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("where", "Show every place where the data of a volume is or was.")
        {
            Examples = ["waybill catalog where pvc-4711", "waybill catalog where orders --ask --json"],
            Notes =
            [
                "With --ask the platforms of the configuration, and with --context a cluster, are asked whether they still have it, and",
                "for its snapshots.",
            ],
        };
        command.Add(_volume);
        _platforms.AddTo(command);
        _access.AddTo(command);
        command.Add(_json);
        command.SetAction(FindAsync);
        return command;
    }

    private async Task<int> FindAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string text = parsed.GetRequiredValue(_volume) is { Length: > 0 } given ? given : throw new UsageException("VOLUME must not be empty.");
        WaybillConfiguration configuration = await _access.ConfigureAsync(parsed, _console, cancellationToken).ConfigureAwait(false);
        BundleCatalog catalog = await _access.OpenAsync(parsed, configuration, new CatalogOptions { Create = false }, _console, cancellationToken).ConfigureAwait(false);
        await using (catalog.ConfigureAwait(false))
        {
            IReadOnlyList<CatalogPlatform> platforms = await _platforms.AskAsync(parsed, configuration, _console, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<VolumeWhereabouts> volumes = await catalog.FindVolumesAsync(text, platforms, cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, CatalogWhereJson.Of(catalog, volumes), CliJsonContext.Default.CatalogWhereJson);
                return ExitCode.Done;
            }

            foreach (VolumeWhereabouts volume in volumes)
            {
                Write(volume);
            }

            if (volumes.Count == 0)
            {
                _console.Output.WriteLine("nothing found");
            }
        }

        return ExitCode.Done;
    }

    private void Write(VolumeWhereabouts volume)
    {
        TextWriter output = _console.Output;
        output.WriteLine($"{TerminalText.Escape(volume.Application.Name)}: {JsonText.Of(volume.Kind)} {TerminalText.Escape(volume.Name)}, stream {volume.Stream}");
        var table = new TextTable("  ", false, false, false, false);
        foreach (VolumePlace place in volume.Places)
        {
            table.Add(
                "lived",
                TerminalText.Escape($"{place.Volume.Provider}:{place.Volume.PlatformHandle}{(place.Volume.Claim.Length == 0 ? "" : $", claim {place.Volume.Claim}")}"),
                CatalogText.Span(place.FirstSeen, place.LastSeen),
                place.IsThere switch { true => "there now", false => "NOT THERE NOW", null => "" });
        }

        foreach (PlatformSnapshot snapshot in volume.Snapshots)
        {
            table.Add("snapshot", TerminalText.Escape($"{snapshot.Provider}:{snapshot.Snapshot.Id}"), CatalogText.Day(snapshot.Snapshot.Created), "there now");
        }

        foreach (CatalogPoint point in volume.Points)
        {
            foreach (CatalogCopy copy in point.Copies)
            {
                string state = copy.Gone is { } gone ? $"gone, found {CatalogText.Day(gone)}" : CatalogText.State(point);
                table.Add("bundle", TerminalText.Escape(Path.Combine(copy.Store, copy.Name)), HumanUnits.Moment(point.Created), state);
            }
        }

        table.Write(output);
    }
}
