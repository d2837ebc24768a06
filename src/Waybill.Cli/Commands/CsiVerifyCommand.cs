using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Csi;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Testing;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill csi verify</c>: whether a CSI driver keeps what the interface obliges it to.</summary>
internal sealed class CsiVerifyCommand
{
    private const long MinVolumeLength = 1 << 20;

    private readonly Option<string> _endpoint = new("--endpoint") { Description = "The socket of the driver.", HelpName = "unix:///PATH", Required = true };
    private readonly Option<string?> _nodeEndpoint = new("--node-endpoint") { Description = "The socket of the node service, if it is another one.", HelpName = "unix:///PATH" };
    private readonly Option<string?> _mountDirectory = new("--mount-dir") { Description = "A directory to publish volumes in, the same to the driver. Default: a new one.", HelpName = "DIR" };
    private readonly Option<string?> _stagingDirectory = new("--staging-dir") { Description = "A directory to stage volumes in, the same to the driver. Default: a new one.", HelpName = "DIR" };
    private readonly Option<string?> _parameters = new("--parameters") { Description = "Parameters of volumes and snapshots, in YAML or JSON.", HelpName = "FILE" };
    private readonly Option<string?> _secrets = new("--secrets") { Description = "Names and values of secrets that go with every call, in YAML or JSON.", HelpName = "FILE" };
    private readonly Option<string?> _access = new("--access") { Description = "How volumes are used where a check does not say: mount or block. Default: mount.", HelpName = "KIND" };
    private readonly Option<string?> _size = new("--size") { Description = "The size of the volumes that are made. Default: 1GiB.", HelpName = "SIZE" };
    private readonly Option<string?> _expandedSize = new("--expanded-size") { Description = "The size that volumes are expanded to. Default: twice --size.", HelpName = "SIZE" };
    private readonly Option<bool> _attachLimit = new("--attach-limit") { Description = "Publish as many volumes as the node says it can have, and one more." };
    private readonly Option<string?> _restart = new("--restart-command")
    {
        Description = "A line for the shell that kills the driver and starts it again. Without it nothing about restarts is checked.", HelpName = "COMMAND",
    };

    private readonly Option<string[]> _only = new("--only") { Description = "Run this check, or those whose names begin so, such as csi.metadata.", HelpName = "CHECK" };
    private readonly Option<string[]> _skip = new("--skip") { Description = "Leave this check out, or those whose names begin so.", HelpName = "CHECK" };
    private readonly Option<int?> _seed = new("--seed") { Description = "Where chance begins: the same number, the same writes. Default: 1.", HelpName = "N" };
    private readonly Option<string?> _junit = new("--junit") { Description = "Write the results to this file as JUnit XML as well.", HelpName = "FILE" };
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private CsiVerifyCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new CsiVerifyCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("verify", "Check any vendor's CSI driver over its socket, with volumes made for it.")
        {
            Examples =
            [
                "waybill csi verify --endpoint unix:///run/csi/csi.sock --junit results.xml",
                "waybill csi verify --endpoint unix:///run/csi/csi.sock --access block --only csi.metadata --seed 7",
                "waybill csi verify --endpoint unix:///run/csi/csi.sock --restart-command 'systemctl kill -s KILL my-driver; systemctl start my-driver'",
            ],
            Notes =
            [
                "It makes volumes and snapshots whose names begin with waybill-csi, and removes them again; no other is touched. docs/guide/csi-conformance.md lists every check.",
                "Volumes are published on this machine, at paths that the driver and this command both see; that mostly needs root.",
                "Exit code 0: no obligation was seen broken. 3: one was. 1: the driver cannot be reached.",
            ],
        };
        foreach (Option option in new Option[]
        {
            _endpoint, _nodeEndpoint, _mountDirectory, _stagingDirectory, _parameters, _secrets, _access, _size, _expandedSize, _attachLimit, _restart, _only, _skip, _seed,
            _junit, _json,
        })
        {
            command.Add(option);
        }

        command.SetAction(VerifyAsync);
        return command;
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CsiConformanceOptions options = await BindAsync(parsed, cancellationToken).ConfigureAwait(false);
        ConformanceReport report;
        using (var line = new ProgressLine(_console))
        {
            report = await CsiConformance.RunAsync(options, new CheckProgress(_console, line), cancellationToken).ConfigureAwait(false);
        }

        if (parsed.GetValue(_junit) is { } file)
        {
            await WriteAsync(file, report.ToJUnit(), cancellationToken).ConfigureAwait(false);
        }

        if (parsed.GetValue(_json))
        {
            var document = new CsiVerifyReport(report.Subject, options.Endpoint, report.IsConformant, [.. report.Checks.Select(CsiCheckJson.Of)]);
            BundleReport.WriteJson(_console, document, CliJsonContext.Default.CsiVerifyReport);
        }
        else
        {
            CsiVerifyText.Write(_console, report);
        }

        return report.IsConformant ? ExitCode.Done : ExitCode.VerificationFailed;
    }

    private async Task<CsiConformanceOptions> BindAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new CsiConformanceOptions(Socket("--endpoint", parsed.GetRequiredValue(_endpoint)))
        {
            NodeEndpoint = parsed.GetValue(_nodeEndpoint) is { } node ? Socket("--node-endpoint", node) : "",
            MountDirectory = Directory("--mount-dir", parsed.GetValue(_mountDirectory)),
            StagingDirectory = Directory("--staging-dir", parsed.GetValue(_stagingDirectory)),
            ChecksAttachLimit = parsed.GetValue(_attachLimit),
            Only = Checks("--only", parsed.GetValue(_only)),
            Skip = Checks("--skip", parsed.GetValue(_skip)),
            TimeProvider = _console.Time,
            Access = parsed.GetValue(_access) switch
            {
                null or "mount" => CsiAccess.Mount,
                "block" => CsiAccess.Block,
                { } other => throw new UsageException($"--access is mount or block, not '{other}'."),
            },
        };
        options = options with
        {
            Seed = parsed.GetValue(_seed) ?? options.Seed,
            VolumeLength = Size("--size", parsed.GetValue(_size), MinVolumeLength) ?? options.VolumeLength,
            RestartAsync = parsed.GetValue(_restart) is { } command ? token => DriverRestart.RunAsync(command, token) : null,
        };
        options = options with { ExpandedLength = Size("--expanded-size", parsed.GetValue(_expandedSize), options.VolumeLength + 1) ?? 0 };
        if (parsed.GetValue(_parameters) is { } parameterFile)
        {
            CsiParameters parameters = await CsiParameters.ReadAsync(parameterFile, cancellationToken).ConfigureAwait(false);
            options = options with
            {
                VolumeParameters = parameters.Volume,
                SnapshotParameters = parameters.Snapshot,
                GroupSnapshotParameters = parameters.GroupSnapshot,
                MutableParameters = parameters.Mutable,
            };
        }

        return parsed.GetValue(_secrets) is { } secretFile
            ? options with { Secrets = await CsiParameters.ReadSecretsAsync(secretFile, cancellationToken).ConfigureAwait(false) }
            : options;
    }

    private static string Socket(string option, string endpoint) =>
        endpoint.Length > 0 && (endpoint.StartsWith("unix:", StringComparison.Ordinal) || !endpoint.Contains("://", StringComparison.Ordinal))
            ? endpoint
            : throw new UsageException($"{option} is a unix socket such as unix:///run/csi/csi.sock, not '{endpoint}'.");

    private static string Directory(string option, string? path) =>
        path is null ? "" : System.IO.Directory.Exists(path) ? Path.GetFullPath(path) : throw new UsageException($"{option}: there is no directory '{path}'.");

    private static ImmutableArray<string> Checks(string option, string[]? names)
    {
        foreach (string name in names ?? [])
        {
            if (!CsiConformance.CheckIds.Any(id => id == name || id.StartsWith(name + ".", StringComparison.Ordinal)))
            {
                throw new UsageException($"{option}: no check is called '{name}' or begins so.");
            }
        }

        return [.. names ?? []];
    }

    private static long? Size(string option, string? text, long least) => text is null
        ? null
        : SizeText.TryParse(text, out long size) && size >= least ? size : throw new UsageException($"{option} is {least} bytes or more, not '{text}'.");

    private static async Task WriteAsync(string file, string text, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The results cannot be written: {error.Message}", error) { ObjectName = file };
        }
    }

    private sealed class CheckProgress(CliConsole console, ProgressLine line) : IProgress<ConformanceCheck>
    {
        public void Report(ConformanceCheck value)
        {
            line.Report(value.Id, 0, 0);

            // In the report, unless the run was interrupted; then this is the only place that says it.
            if (value is { Id: "csi.cleanup", Outcome: ConformanceOutcome.Failed })
            {
                console.Error.WriteLine(TerminalText.Escape($"waybill: left behind: {value.Detail}"));
            }
        }
    }
}
