using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill ledger list</c>: what runs made outside and is not settled yet.</summary>
internal sealed class LedgerListCommand
{
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private LedgerListCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new LedgerListCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("list", "List what runs made on platforms and in the store that is not settled yet.")
        {
            Examples = ["waybill ledger list", "waybill ledger list --state /var/lib/waybill --json"],
            Notes = ["Runs that still work are listed too; 'waybill ledger sweep' settles the others."],
        };
        _engine.AddTo(command);
        command.Add(_json);
        command.SetAction(ListAsync);
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(_engine.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        EngineContext context = EngineContexts.Create(configuration, EngineContexts.OpenStore(configuration, writes: false), providers: null, _console);
        List<LedgerRunJson> runs = [];
        await foreach (LedgerRun run in Ledger.ListAsync(context, cancellationToken).ConfigureAwait(false))
        {
            runs.Add(LedgerRunJson.Of(run));
        }

        if (parsed.GetValue(_json))
        {
            BundleReport.WriteJson(_console, new LedgerListReport(configuration.StateDirectory, [.. runs]), CliJsonContext.Default.LedgerListReport);
            return ExitCode.Done;
        }

        foreach (LedgerRunJson run in runs)
        {
            _console.Output.WriteLine($"{TerminalText.Escape(run.Application)}: {run.Purpose} {run.Id}, {run.Started}, {(run.Running ? "still works" : "interrupted")}");
            var table = new TextTable("  ", false, false, false, false);
            foreach (LedgerEntryJson entry in run.Entries.Where(entry => entry.Open))
            {
                table.Add(entry.State, entry.Kind, TerminalText.Escape(entry.Provider), TerminalText.Escape(entry.Id ?? entry.Name));
            }

            table.Write(_console.Output);
        }

        if (runs.Count == 0)
        {
            // With the directory: looked for in the wrong place, nothing is open either.
            _console.Output.WriteLine($"nothing is open in {TerminalText.Escape(configuration.StateDirectory)}");
        }

        return ExitCode.Done;
    }
}
