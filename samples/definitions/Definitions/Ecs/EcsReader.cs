using System.Globalization;
using System.Text.RegularExpressions;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Ecs;

/// <summary>Reads a task definition: the family, and what belongs to it as a whole.</summary>
internal sealed partial class EcsReader(DefinitionDocument document, ReadOnlyMemory<byte> content, DefinitionOptions options)
{
    private const string Platform = "ecs";

    private readonly TagList _tags = new(document.FileName);
    private readonly VolumeList _volumes = new(document.FileName);

    public DefinedApplication Read()
    {
        DefinitionNode root = document.Require(document.Root, NodeKind.Mapping, "the definition");
        DefinitionNode task = document.Mapping(root, "taskDefinition") ?? root;
        string family = document.Text(task, "family");
        if (task.Find("containerDefinitions") is null || family.Length == 0)
        {
            throw document.Invalid(root, "This is not a task definition", "Give the output of 'aws ecs describe-task-definition --include TAGS', or what was registered.");
        }

        if (!ValidName().IsMatch(family))
        {
            throw document.Invalid(task, $"'{Shown.Cut(family)}' is not a name of a family");
        }

        string reference = $"{DefinitionKind.Ecs}/TaskDefinition/{family}";
        TaskArn? arn = ReadArn(task);
        long revision = ReadRevision(task);
        AddFacts(task, arn, revision, reference);
        foreach (DefinitionNode tag in document.Mappings(root, "tags"))
        {
            _tags.AddGiven(document.Text(tag, "key"), document.Text(tag, "value"), TagSource.CloudTag, reference);
        }

        var volumes = new EcsVolumes(document, _volumes, _tags, reference);
        volumes.ReadDeclared(task);
        new EcsContainers(document, options, _tags, volumes, reference).Read(task);
        return Make(root, family, arn, revision);
    }

    private DefinedApplication Make(DefinitionNode root, string family, TaskArn? arn, long revision)
    {
        var self = new DefinitionKind(DefinitionKind.Ecs, "TaskDefinition", family);
        string place = arn is null ? "" : $"{arn.Account}/{arn.Region}";
        bool isSecret = options.KeepAllSecret || SecretRules.HoldsSecret(root, interpolated: false);
        ResourceObject definition = DefinitionResources.Make(self, place, content, document.FileName, isSecret) with
        {
            MediaType = "application/json",
            Uid = arn?.Text ?? "",
            ResourceVersion = revision > 0 ? revision.ToString(CultureInfo.InvariantCulture) : "",
        };
        (var all, var mapped) = _volumes.Resolve(options, family, _tags);
        (var tags, var gaps) = _tags.ToTags();
        var application = new ProtectedApplication(options.ApplicationName.Length > 0 ? options.ApplicationName : family)
        {
            Origin = new Origin
            {
                Platform = Platform,
                ClusterId = options.ClusterId,
                ClusterName = options.ClusterName.Length > 0 ? options.ClusterName : options.ClusterId[(options.ClusterId.LastIndexOf('/') + 1)..],
                Namespace = place,
                Kind = self.Kind,
                Uid = arn?.Text ?? "",
                Host = options.Host,
            },
            Tags = tags,
            Resources = [definition],
            Volumes = mapped,
        };
        return new DefinedApplication(application, all, gaps);
    }

    private void AddFacts(DefinitionNode task, TaskArn? arn, long revision, string reference)
    {
        _tags.AddDerived("ecs.family", document.Text(task, "family"), reference);
        _tags.AddDerived("ecs.account", arn?.Account ?? "", reference);
        _tags.AddDerived("ecs.region", arn?.Region ?? "", reference);
        _tags.AddDerived("ecs.network-mode", document.Text(task, "networkMode"), reference);
        _tags.AddDerived("ecs.task-role", document.Text(task, "taskRoleArn"), reference);
        _tags.AddDerived("ecs.execution-role", document.Text(task, "executionRoleArn"), reference);
        if (revision > 0)
        {
            _tags.AddDerived("ecs.revision", revision, reference);
        }

        foreach (DefinitionNode kind in document.Items(task, "requiresCompatibilities"))
        {
            _tags.AddDerived("ecs.launch-type", document.Require(kind, NodeKind.Scalar, "requiresCompatibilities").Text, reference);
        }
    }

    private TaskArn? ReadArn(DefinitionNode task)
    {
        string text = document.Text(task, "taskDefinitionArn");
        return text.Length == 0 ? null
            : TaskArn.TryParse(text) ?? throw document.Invalid(task.Find("taskDefinitionArn")!, $"'{Shown.Cut(text)}' is not the ARN of a task definition");
    }

    /// <summary>Reads the number of the revision; 0 for what was not registered yet.</summary>
    private long ReadRevision(DefinitionNode task)
    {
        string text = document.Text(task, "revision");
        return text.Length == 0 ? 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int revision) && revision > 0 ? revision
            : throw document.Invalid(task.Find("revision")!, "The revision is not a number above 0");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,255}\z")]
    private static partial Regex ValidName();
}
