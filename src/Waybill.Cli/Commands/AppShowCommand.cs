using System.CommandLine;
using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Kubernetes;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app show</c>: what an application of a cluster consists of.</summary>
internal sealed class AppShowCommand
{
    private readonly Argument<string> _application = new("APP")
    {
        Description = "The application: NAMESPACE, NAMESPACE?LABELS, NAMESPACE/KIND/NAME (with all it owns), NAMESPACE/helm/RELEASE, NAMESPACE/app/NAME, or several objects with + between them.",
    };

    private readonly ClusterSelection _cluster = new(ClusterReach.Objects);
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private AppShowCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new AppShowCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("show", "Show what an application of a Kubernetes cluster consists of, and what it needs.")
        {
            Examples =
            [
                "waybill app show shop --context prod",
                "waybill app show 'shop?app=web,tier in (front,api)' --context prod",
                "waybill app show shop/statefulset/db --context prod --json",
                "waybill app show shop/helm/front --context prod",
            ],
            Notes =
            [
                "This is what 'waybill app protect' would put into a bundle. Objects marked 'needed' were not asked for, but what was",
                "asked for does not work without them. What could not be read is listed at the end.",
            ],
        };
        command.Add(_application);
        _cluster.AddTo(command);
        command.Add(_json);
        command.SetAction(ShowAsync);
        return command;
    }

    private async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ApplicationSelector selector = ClusterSelection.ParseSelector(parsed.GetRequiredValue(_application));
        ClusterStorage cluster = await ClusterStorage.OpenAsync(_cluster.Bind(parsed) with { ObjectsOnly = true }, _console, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            using CapturedApplication captured = await cluster.CaptureAsync(selector, _console, cancellationToken).ConfigureAwait(false);
            return Write(captured, parsed);
        }
    }

    private int Write(CapturedApplication captured, ParseResult parsed)
    {
        AppShowReport report = AppShowReport.Of(captured);
        if (parsed.GetValue(_json))
        {
            BundleReport.WriteJson(_console, report, CliJsonContext.Default.AppShowReport);
        }
        else
        {
            ApplicationText.Write(_console.Output, report);
        }

        return ExitCode.Done;
    }
}
