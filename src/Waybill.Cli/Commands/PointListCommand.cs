using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill point list</c>: what can be gone back to.</summary>
internal sealed class PointListCommand
{
    private readonly Option<string> _application = new("--app") { Description = "Only the points of this application.", HelpName = "NAME" };
    private readonly EngineOptions _engine = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private PointListCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new PointListCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("list", "List the recovery points in a store, the oldest first.")
        {
            Examples = ["waybill point list", "waybill point list --app shop --store /backup/store --json"],
            Notes =
            [
                "Beginnings and ends of bundles are read, not what they hold. One that cannot be read is listed with the reason; with",
                "--app, as nobody knows whose it is.",
            ],
        };
        command.Add(_application);
        _engine.AddTo(command);
        _keys.AddTo(command);
        command.Add(_json);
        command.SetAction(ListAsync);
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(_engine.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        using KeyRing keys = await KeyOptions.LoadAsync(configuration.KeysFor(_keys.Bind(parsed)) with { Signers = [], TimestampAuthority = null }, _console, cancellationToken)
            .ConfigureAwait(false);
        DirectoryBundleStore store = EngineContexts.OpenStore(configuration, writes: false);
        string? application = parsed.GetValue(_application);
        List<RecoveryPoint> points = [];
        await foreach (RecoveryPoint point in RecoveryPoints.ListAsync(store, keys.ToReaderOptions(), cancellationToken).ConfigureAwait(false))
        {
            if (application is null || point.Manifest is not { } manifest || manifest.Application.Name == application)
            {
                points.Add(point);
            }
        }

        // Those that cannot be read have no time; they come last.
        IEnumerable<RecoveryPoint> sorted = points.OrderBy(point => point.Manifest?.Created ?? Timestamp.From(DateTimeOffset.MaxValue));
        Report(configuration.StoreDirectory, [.. sorted.Select(PointJson.Of)], parsed.GetValue(_json));
        return ExitCode.Done;
    }

    private void Report(string store, PointJson[] points, bool json)
    {
        if (json)
        {
            BundleReport.WriteJson(_console, new PointListReport(store, points), CliJsonContext.Default.PointListReport);
            return;
        }

        var table = new TextTable("", false, false, false, true, false, false);
        foreach (PointJson point in points)
        {
            table.Add(
                point.Created is null ? "?" : HumanUnits.Moment(Timestamp.From(DateTimeOffset.Parse(point.Created, System.Globalization.CultureInfo.InvariantCulture))),
                TerminalText.Escape(point.Application ?? "?"),
                point.Incremental switch { null => "?", true => "changes", false => "full" },
                HumanUnits.Size(point.BundleBytes),
                point.Consistency ?? $"{point.Problem?.Code}",
                TerminalText.Escape(point.BundleName));
        }

        table.Write(_console.Output);
        if (points.Length == 0)
        {
            _console.Output.WriteLine("no points");
        }
    }
}
