using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>The options that say how the objects of a point become objects of a cluster.</summary>
internal sealed class ClusterRestoreOptions
{
    private readonly ClusterSelection _cluster = new(ClusterReach.ObjectsAndData);

    private readonly Option<string[]> _toNamespace = new("--to-namespace")
    {
        Description = "With a cluster: the namespace objects go to. Default: the one they come from.", HelpName = "[OLD=]NEW",
    };

    private readonly Option<string[]> _storageClass = new("--storage-class") { Description = "Likewise the storage class claims ask for; an empty one is the cluster's default.", HelpName = "OLD=NEW" };

    private readonly Option<string[]> _image = new("--image") { Description = "Likewise what the names of images begin with.", HelpName = "OLD=NEW" };

    private readonly Option<string[]> _patch = new("--patch") { Description = "Likewise further changes: JSON patches with the kinds and names they are for.", HelpName = "FILE" };

    private readonly Option<string> _existing = new("--existing")
    {
        Description = "Likewise what happens to objects that exist and differ: fail, skip, update or replace. Default: fail, before anything is changed.", HelpName = "WHAT",
    };

    private readonly Option<bool> _shared = new("--change-shared") { Description = "Likewise also to those outside of namespaces, which others may use." };

    public void AddTo(Command command)
    {
        _cluster.AddTo(command);
        foreach (Option option in new Option[] { _toNamespace, _storageClass, _image, _patch, _existing, _shared })
        {
            command.Add(option);
        }
    }

    /// <summary>Gets what was asked for, without reading anything; null if no cluster is named.</summary>
    public ClusterRestoreRequest? Bind(ParseResult parsed)
    {
        var request = new ClusterRestoreRequest(_cluster.Bind(parsed))
        {
            ToNamespaces = parsed.GetValue(_toNamespace) ?? [],
            StorageClasses = [.. (parsed.GetValue(_storageClass) ?? []).Select(value => NamedValue.Parse("--storage-class", value))],
            Images = [.. (parsed.GetValue(_image) ?? []).Select(value => NamedValue.Parse("--image", value))],
            PatchFiles = parsed.GetValue(_patch) ?? [],
            Existing = ParseExisting(parsed.GetValue(_existing)),
            ChangeShared = parsed.GetValue(_shared),
        };
        return request.Cluster.IsGiven ? request
            : request.SaysMore ? throw new UsageException("--to-namespace, --storage-class, --image, --patch, --existing and --change-shared go with a cluster: --context, --kubeconfig or --in-cluster.")
            : null;
    }

    private static ExistingObjects ParseExisting(string? word) => word switch
    {
        null or "fail" => ExistingObjects.Fail,
        "skip" => ExistingObjects.Skip,
        "update" => ExistingObjects.Update,
        "replace" => ExistingObjects.Replace,
        _ => throw new UsageException($"--existing is fail, skip, update or replace, not '{word}'."),
    };
}
