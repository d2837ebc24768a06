using System.CommandLine;
using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Keys;
using Waybill.Cli.Recover;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill app restore</c>: brings the volumes of a point back on a platform, or its objects into a cluster.</summary>
internal sealed class AppRestoreCommand
{
    private readonly Argument<string> _application = new("NAME") { Description = "The application." };

    private readonly Option<string> _point = new("--point")
    {
        Description = "The point: its id, or the name of its bundle in the store. Default: the newest that can be read.", HelpName = "BUNDLE",
    };

    private readonly Option<string[]> _new = new("--to") { Description = "Restore a volume to a new one.", HelpName = "VOLUME=[PROVIDER:]NAME" };

    private readonly Option<string[]> _existing = new("--onto")
    {
        Description = "Restore a volume over an existing one, whatever that holds.", HelpName = "VOLUME=[PROVIDER:]ID",
    };

    private readonly Option<string> _allTo = new("--all-to")
    {
        Description = "Restore every volume to a new one, named like it behind the prefix.", HelpName = "PROVIDER[:PREFIX]",
    };

    private readonly Option<string[]> _only = new("--only") { Description = "Of a file tree, only this and what is below it.", HelpName = "VOLUME=PATH" };
    private readonly Option<string> _class = new("--class") { Description = "The storage class of new volumes. Default: the platform's choice.", HelpName = "NAME" };
    private readonly Option<bool> _noVerify = new("--no-verify") { Description = "Do not read volumes back after they were written." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only check and say what would be done." };
    private readonly ClusterRestoreOptions _cluster = new();
    private readonly EngineOptions _engine = new();
    private readonly KeyOptions _keys = new();
    private readonly TrustOptions _trust = new();
    private readonly Option<bool> _json = SharedOptions.Json();

    public static Command Create(CliConsole console) => new AppRestoreCommand().Build(console);

    private CliCommand Build(CliConsole console)
    {
        var command = new CliCommand("restore", "Restore the volumes of a recovery point to a platform, or its objects and their data to a Kubernetes cluster.")
        {
            Examples =
            [
                "waybill app restore shop --all-to local:restored-",
                "waybill app restore shop --point 0190a5f0c4d87b3e8f21a4c5d6e7f809 --to orders=local:orders-of-monday",
                "waybill app restore shop --onto orders=vol-17 --dry-run",
                "waybill app restore shop --to share=share-again --only share=reports/2026",
                "waybill app restore shop --context prod --to-namespace shop-again --storage-class fast=slow --dry-run",
            ],
            Notes =
            [
                "Everything is checked before anything is made. What was made for a restore that fails is removed again; a volume",
                "of --onto is then partly overwritten. Block volumes are read back and compared unless --no-verify says not to.",
                "With --context, --kubeconfig or --in-cluster the objects of the point go into that cluster, each behind those it needs: claims",
                "first, then the data behind them, and only then what uses it. A claim that exists keeps its data unless --existing replace",
                "says otherwise. What controllers make is left to them. --dry-run shows what would become of every object, line by line.",
                "'waybill volume list' shows the ids of volumes, 'waybill point list' those of points, and",
                "'waybill bundle restore' writes the definitions and the data of a bundle to files.",
            ],
        };
        command.Add(_application);
        foreach (Option option in new Option[] { _point, _new, _existing, _allTo, _only, _class, _noVerify, _dryRun })
        {
            command.Add(option);
        }

        _cluster.AddTo(command);
        _engine.AddTo(command);
        _keys.AddTo(command);
        _trust.AddTo(command);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) => Bind(parsed) switch
        {
            { Cluster: { } cluster } call => new ClusterRestoration(call, cluster, console).RunAsync(cancellationToken),
            { } call => new ApplicationRestoration(call, console).RunAsync(cancellationToken),
        });
        return command;
    }

    private AppRestoreCall Bind(ParseResult parsed)
    {
        var call = new AppRestoreCall(parsed.GetRequiredValue(_application), _engine.Bind(parsed))
        {
            Point = parsed.GetValue(_point),
            New = NamedValue.ParseStreams("--to", parsed.GetValue(_new)),
            Existing = NamedValue.ParseStreams("--onto", parsed.GetValue(_existing)),
            AllTo = parsed.GetValue(_allTo),
            Only = [.. (parsed.GetValue(_only) ?? []).Select(only => NamedValue.Parse("--only", only))],
            StorageClass = parsed.GetValue(_class) ?? "",
            Verify = !parsed.GetValue(_noVerify),
            Cluster = _cluster.Bind(parsed),
            DryRun = parsed.GetValue(_dryRun),
            Keys = _keys.Bind(parsed),
            Trust = _trust.Bind(parsed),
            Json = parsed.GetValue(_json),
        };
        if (call.Cluster is not null)
        {
            return call.AllTo is null && call.New.Count + call.Existing.Count + call.Only.Count == 0 && call.StorageClass.Length == 0
                ? call
                : throw new UsageException("--to, --onto, --all-to, --only and --class are about volumes of other platforms; with a cluster, data goes where the claims are.");
        }

        return (call.AllTo is not null) == (call.New.Count + call.Existing.Count > 0)
            ? throw new UsageException("Say where to: --to and --onto for volumes one by one, or --all-to for all.")
            : call.New.Select(value => value.Name).Intersect(call.Existing.Select(value => value.Name)).FirstOrDefault() is { } twice
            ? throw new UsageException($"--to and --onto both name '{twice}'.")
            : call;
    }
}
