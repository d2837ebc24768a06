using System.CommandLine;
using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Kubernetes;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app list</c>: what a cluster has for applications.</summary>
internal sealed class AppListCommand
{
    private readonly Option<string> _namespace = new("--namespace") { Description = "Only those of this namespace.", HelpName = "NAME" };
    private readonly ClusterSelection _cluster = new(ClusterReach.Objects);
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private AppListCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new AppListCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("list", "List the applications of a Kubernetes cluster: namespaces, Helm releases, Application objects.")
        {
            Examples = ["waybill app list --context prod", "waybill app list --context prod --namespace shop --json"],
            Notes = ["What stands in the first column can be given to 'waybill app show' and 'waybill app protect'."],
        };
        command.Add(_namespace);
        _cluster.AddTo(command);
        command.Add(_json);
        command.SetAction(ListAsync);
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using ClusterConnection connection = await ClusterSelection.OpenAsync(_cluster.Bind(parsed), _console, cancellationToken).ConfigureAwait(false);
        var list = new ApplicationList(connection);
        var found = new List<ListedApplicationJson>();
        await foreach (ListedApplication application in list.ListAsync(parsed.GetValue(_namespace) ?? "", cancellationToken).ConfigureAwait(false))
        {
            found.Add(ListedApplicationJson.Of(application));
        }

        var report = new AppListReport(JsonText.KnownOrNull(connection.ContextName), [.. found], [.. list.Gaps.Select(CaptureGapJson.Of)]);
        if (parsed.GetValue(_json))
        {
            BundleReport.WriteJson(_console, report, CliJsonContext.Default.AppListReport);
            return ExitCode.Done;
        }

        var table = new TextTable("", false, false, false);
        foreach (ListedApplicationJson application in report.Applications)
        {
            table.Add(TerminalText.Escape(application.Application), application.Kind, TerminalText.Escape(application.Description ?? ""));
        }

        table.Write(_console.Output);
        ApplicationText.WriteGaps(_console.Output, report.Gaps);
        return ExitCode.Done;
    }
}
