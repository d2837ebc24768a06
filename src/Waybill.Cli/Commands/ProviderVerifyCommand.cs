using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Testing;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill provider verify</c>: whether a platform keeps what its contract says.</summary>
internal sealed class ProviderVerifyCommand
{
    private const int MinVolumeMebibytes = 1;

    private readonly Argument<string> _name = new("NAME") { Description = "The platform." };
    private readonly Option<int?> _histories = new("--histories") { Description = "How many random histories of writes and snapshots are tried. Default: 3.", HelpName = "N" };
    private readonly Option<int?> _seed = new("--seed") { Description = "Where chance begins: the same number, the same writes. Default: 1.", HelpName = "N" };
    private readonly Option<string> _size = new("--size") { Description = "The size of the volumes that are made. Default: 4MiB.", HelpName = "SIZE" };
    private readonly EngineOptions _engine = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private ProviderVerifyCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new ProviderVerifyCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("verify", "Check that a storage platform keeps its promises, with volumes made for it.")
        {
            Examples = ["waybill provider verify local", "waybill provider verify local --histories 50 --seed 7 --json"],
            Notes =
            [
                "It makes small volumes and snapshots whose names begin with waybill-kit, and removes them again; no other is touched.",
                "Exit code 0: no obligation was seen broken. 3: one was. 1: the platform cannot be used.",
            ],
        };
        command.Add(_name);
        foreach (Option option in new Option[] { _histories, _seed, _size })
        {
            command.Add(option);
        }

        _engine.AddTo(command);
        command.Add(_json);
        command.SetAction(VerifyAsync);
        return command;
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ConformanceOptions options = Bind(parsed);
        WaybillConfiguration configuration = await ConfigurationFiles.LoadAsync(_engine.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        ProviderSettings settings = configuration.RequireProvider(parsed.GetRequiredValue(_name));
        ProviderSet providers = await ProviderSet.OpenAsync([settings], _console, cancellationToken).ConfigureAwait(false);
        await using (providers.ConfigureAwait(false))
        {
            ConformanceReport report;
            using (var line = new ProgressLine(_console))
            {
                report = await ProviderConformance.RunAsync(providers.All[0], options, new CheckProgress(line), cancellationToken).ConfigureAwait(false);
            }

            Report(report, parsed.GetValue(_json));
            return report.IsConformant ? ExitCode.Done : ExitCode.VerificationFailed;
        }
    }

    private ConformanceOptions Bind(ParseResult parsed)
    {
        var options = new ConformanceOptions { TimeProvider = _console.Time };
        int histories = parsed.GetValue(_histories) ?? options.Histories;
        long size = options.VolumeLength;
        if (parsed.GetValue(_size) is { } text && (!SizeText.TryParse(text, out size) || size < MinVolumeMebibytes << 20))
        {
            throw new UsageException($"--size is {MinVolumeMebibytes}MiB or more, not '{text}'.");
        }

        return histories is >= 1 and <= 10_000
            ? options with { Histories = histories, Seed = parsed.GetValue(_seed) ?? options.Seed, VolumeLength = size }
            : throw new UsageException("--histories is from 1 to 10000.");
    }

    private void Report(ConformanceReport report, bool json)
    {
        if (json)
        {
            var document = new ProviderVerifyReport(report.Subject, report.IsConformant, [.. report.Checks.Select(ConformanceCheckJson.Of)]);
            BundleReport.WriteJson(_console, document, CliJsonContext.Default.ProviderVerifyReport);
            return;
        }

        foreach (string line in report.ToString().ReplaceLineEndings("\n").Split('\n'))
        {
            _console.Output.WriteLine(TerminalText.Escape(line));
        }
    }

    private sealed class CheckProgress(ProgressLine line) : IProgress<ConformanceCheck>
    {
        public void Report(ConformanceCheck value) => line.Report(value.Id, 0, 0);
    }
}
