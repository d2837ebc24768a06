using System.CommandLine;
using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill ledger sweep</c>: settles what runs left whose processes are gone.</summary>
internal sealed class LedgerSweepCommand
{
    private readonly EngineOptions _engine = new();
    private readonly ClusterSelection _cluster = new(ClusterReach.Data);
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private LedgerSweepCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new LedgerSweepCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("sweep", "Let go on, hand over or remove what interrupted runs left.")
        {
            Examples = ["waybill ledger sweep", "waybill ledger sweep --config waybill.yaml --json", "waybill ledger sweep --context prod"],
            Notes =
            [
                "Applications that are held still go on, snapshots of points that were committed are kept for the next one, and all",
                "else is removed, unfinished bundles included: the next 'waybill app protect' then begins anew. Runs that still work",
                "are left alone. Snapshots in a cluster need that cluster: --context, --kubeconfig or --in-cluster.",
                "Exit code 1: something could not be settled; it stays in the ledger, and the next sweep tries again.",
            ],
        };
        _engine.AddTo(command);
        _cluster.AddTo(command);
        command.Add(_json);
        command.SetAction(SweepAsync);
        return command;
    }

    private async Task<int> SweepAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ClusterRequest request = _cluster.Bind(parsed);
        if (!request.IsGiven)
        {
            return await SweepAsync(parsed, null, cancellationToken).ConfigureAwait(false);
        }

        ClusterStorage cluster = await ClusterStorage.OpenAsync(request, _console, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            return await SweepAsync(parsed, cluster, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> SweepAsync(ParseResult parsed, ClusterStorage? cluster, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(_engine.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        DirectoryBundleStore store = EngineContexts.OpenStore(configuration, writes: false);
        ProviderSet providers = await ProviderSet.OpenAsync(configuration.Providers, _console, cancellationToken).ConfigureAwait(false);
        await using (providers.ConfigureAwait(false))
        {
            SweepReport report = await Ledger.SweepAsync(EngineContexts.Create(configuration, store, providers, _console, cluster), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(_json))
            {
                BundleReport.WriteJson(_console, LedgerSweepReport.Of(report), CliJsonContext.Default.LedgerSweepReport);
            }
            else
            {
                Write("released", report.Released);
                Write("kept", report.Kept);
                _console.Output.WriteLine(
                    $"{HumanUnits.Count(report.Released.Length, "thing", "things")} released, {report.Kept.Length} kept, {report.Problems.Length} not settled");
            }

            foreach (WaybillException problem in report.Problems)
            {
                await _console.Error.WriteLineAsync(TerminalText.Escape(problem.ToDisplayString())).ConfigureAwait(false);
            }

            return report.Problems.IsEmpty ? ExitCode.Done : ExitCode.Failed;
        }
    }

    private void Write(string what, IEnumerable<LedgerEntry> entries)
    {
        foreach (LedgerEntry entry in entries)
        {
            _console.Output.WriteLine($"{what} {EngineWords.Of(entry.Kind)} {TerminalText.Escape(entry.Id.Length > 0 ? entry.Id : entry.Name)} ({TerminalText.Escape(entry.Provider)})");
        }
    }
}
