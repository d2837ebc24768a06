using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Ecs;

/// <summary>Finds the volumes of a task definition.</summary>
internal sealed class EcsVolumes(DefinitionDocument document, VolumeList volumes, TagList tags, string reference)
{
    private const string Docker = "dockerVolumeConfiguration";
    private const string Efs = "efsVolumeConfiguration";
    private const string Fsx = "fsxWindowsFileServerVolumeConfiguration";

    private static readonly HashSet<string> s_known = ["name", "host", "configuredAtLaunch", Docker, Efs, Fsx];

    private readonly Dictionary<string, VolumeEntry> _declared = new(StringComparer.Ordinal);

    public void ReadDeclared(DefinitionNode task)
    {
        foreach (DefinitionNode node in document.Mappings(task, "volumes"))
        {
            string name = document.Text(node, "name");
            string[] kinds = [.. ((string[])[Docker, Efs, Fsx]).Where(kind => node.Find(kind) is not null)];
            if (name.Length == 0 || kinds.Length > 1)
            {
                throw document.Invalid(node, "A volume has no name, or is of two kinds");
            }

            if (!_declared.TryAdd(name, Declare(node, name, kinds.FirstOrDefault() ?? "", $"{reference}/volumes/{Shown.Cut(name)}")))
            {
                throw document.Invalid(node, $"There are two volumes '{Shown.Cut(name)}'");
            }
        }
    }

    /// <summary>Reads what a container mounts.</summary>
    public void ReadMounts(string container, DefinitionNode definition, string containerReference)
    {
        foreach (DefinitionNode mount in document.Mappings(definition, "mountPoints"))
        {
            string source = document.Text(mount, "sourceVolume");
            string path = document.Text(mount, "containerPath");
            VolumeEntry? entry = source.Length > 0 ? _declared.GetValueOrDefault(source)
                : volumes.Get(DefinedVolumeKind.Ephemeral, $"{container}:{path}", "", $"{containerReference}/volumes/{Shown.Cut(path).TrimStart('/')}");
            if (entry is null)
            {
                throw document.Invalid(mount, $"The task definition has no volume '{Shown.Cut(source)}'");
            }

            entry.Uses.Add(new VolumeUse(container, path, document.Flag(mount, "readOnly")));
        }

        foreach (DefinitionNode memory in document.Mapping(definition, "linuxParameters") is { } linux ? document.Mappings(linux, "tmpfs") : [])
        {
            string path = document.Text(memory, "containerPath");
            VolumeEntry entry = volumes.Get(DefinedVolumeKind.NotKept, $"{container}:{path}", "", $"{containerReference}/volumes/{Shown.Cut(path).TrimStart('/')}");
            entry.AddFact("type", "tmpfs");
            entry.Uses.Add(new VolumeUse(container, path, IsReadOnly: false));
        }
    }

    private VolumeEntry Declare(DefinitionNode node, string name, string kind, string volume)
    {
        foreach (string key in node.Entries.Keys.Where(key => !s_known.Contains(key)))
        {
            tags.AddGap(DefinitionGapKind.NotUnderstood, volume, $"There is no rule for '{Shown.Cut(key)}' here; what it says of the volume is only in the definition.");
        }

        string path = document.Mapping(node, "host") is { } host ? document.Text(host, "sourcePath") : "";
        return kind switch
        {
            Docker => DeclareDocker(document.Mapping(node, Docker)!, name, volume),
            Efs => DeclareEfs(document.Mapping(node, Efs)!, name, volume),
            Fsx => DeclareFsx(document.Mapping(node, Fsx)!, name, volume),
            _ when document.Flag(node, "configuredAtLaunch") => volumes.Get(DefinedVolumeKind.AtLaunch, name, name, volume),
            _ when path.Length > 0 => volumes.Get(DefinedVolumeKind.HostPath, path, name, volume),
            _ => volumes.Get(DefinedVolumeKind.Ephemeral, name, name, volume),
        };
    }

    private VolumeEntry DeclareDocker(DefinitionNode node, string name, string volume)
    {
        var driver = new DriverOptions(document.Entries(node, "driverOpts").Select(
            option => KeyValuePair.Create(option.Key, document.Require(option.Value, NodeKind.Scalar, option.Key).Text)));
        bool isShared = document.Text(node, "scope") == "shared";

        // A volume of scope "task" is deleted with the task, unless it only shows what is kept elsewhere.
        DefinedVolumeKind kind = driver.IsMemory ? DefinedVolumeKind.NotKept : isShared || driver.HasDevice ? DefinedVolumeKind.DockerVolume : DefinedVolumeKind.Ephemeral;
        VolumeEntry entry = volumes.Get(kind, name, name, volume);
        entry.AddFact("scope", isShared ? "shared" : "task");
        entry.AddFact("driver", document.Text(node, "driver"));
        driver.Describe(entry, tags);
        foreach ((string key, DefinitionNode label) in document.Entries(node, "labels"))
        {
            tags.AddGiven(key, document.Require(label, NodeKind.Scalar, key).Text, TagSource.Label, volume);
        }

        return entry;
    }

    private VolumeEntry DeclareEfs(DefinitionNode node, string name, string volume)
    {
        string fileSystem = RequireId(node);
        string root = document.Text(node, "rootDirectory");
        DefinitionNode? access = document.Mapping(node, "authorizationConfig");
        string accessPoint = access is null ? "" : document.Text(access, "accessPointId");
        if (accessPoint.Length > 0 && root is not ("" or "/"))
        {
            throw document.Invalid(node, "An access point and a directory are given; ECS takes one of them");
        }

        VolumeEntry entry = volumes.Get(DefinedVolumeKind.Efs, VolumeTable.EfsSource(fileSystem, accessPoint, root), name, volume);
        entry.AddFact("file-system", fileSystem);
        entry.AddFact("access-point", accessPoint);
        entry.AddFact("root-directory", root);
        entry.AddFact("transit-encryption", document.Text(node, "transitEncryption") is { Length: > 0 } encryption ? encryption : "DISABLED");
        entry.AddFact("iam", access is null ? "" : document.Text(access, "iam"));
        return entry;
    }

    private VolumeEntry DeclareFsx(DefinitionNode node, string name, string volume)
    {
        string fileSystem = RequireId(node);
        string root = document.Text(node, "rootDirectory");
        VolumeEntry entry = volumes.Get(DefinedVolumeKind.Fsx, $"{fileSystem}:{root}", name, volume);
        entry.AddFact("file-system", fileSystem);
        entry.AddFact("root-directory", root);
        entry.AddFact("domain", document.Mapping(node, "authorizationConfig") is { } access ? document.Text(access, "domain") : "");
        return entry;
    }

    private string RequireId(DefinitionNode node) =>
        document.Text(node, "fileSystemId") is { Length: > 0 } id ? id : throw document.Invalid(node, "A volume of a file system does not say of which");
}
