using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Ecs;

/// <summary>Reads the containers of a task definition.</summary>
internal sealed class EcsContainers(DefinitionDocument document, DefinitionOptions options, TagList tags, EcsVolumes volumes, string reference)
{
    private readonly HashSet<string> _inside = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1" };

    public void Read(DefinitionNode task)
    {
        List<(string Name, DefinitionNode Node)> containers = [.. document.Mappings(task, "containerDefinitions").Select(node => (document.Text(node, "name"), node))];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, DefinitionNode node) in containers)
        {
            if (name.Length == 0 || !names.Add(name))
            {
                throw document.Invalid(node, name.Length == 0 ? "A container has no name" : $"There are two containers '{Shown.Cut(name)}'");
            }
        }

        _inside.UnionWith(names);
        foreach ((string name, DefinitionNode node) in containers)
        {
            Read(name, node, $"{reference}/containers/{Shown.Cut(name)}", names);
        }
    }

    private void Read(string name, DefinitionNode container, string containerReference, HashSet<string> names)
    {
        string image = document.Text(container, "image");
        if (image.Length == 0)
        {
            throw document.Invalid(container, $"The container '{Shown.Cut(name)}' has no image");
        }

        if (SecretRules.HoldsSecret(image, interpolated: false))
        {
            tags.AddGap(DefinitionGapKind.NotShown, containerReference, "The image's name holds what looks like a secret.");
        }
        else
        {
            ImageFacts.Add(tags, image, options.ImageDigests, containerReference);
        }

        foreach ((string key, DefinitionNode label) in document.Entries(container, "dockerLabels"))
        {
            tags.AddGiven(key, label.Kind == NodeKind.Null ? "" : document.Require(label, NodeKind.Scalar, key).Text, TagSource.Label, containerReference);
        }

        foreach (DefinitionNode setting in document.Mappings(container, "environment"))
        {
            SettingFacts.Add(tags, document.Text(setting, "name"), document.Text(setting, "value"), _inside, containerReference);
        }

        AddSettingsFiles(container, containerReference);
        AddSecrets(container, containerReference);
        volumes.ReadMounts(name, container, containerReference);
        foreach (DefinitionNode from in document.Mappings(container, "volumesFrom"))
        {
            // Those volumes are read with the container that has them.
            string other = document.Text(from, "sourceContainer");
            if (!names.Contains(other))
            {
                throw document.Invalid(from, $"The task definition has no container '{Shown.Cut(other)}'");
            }
        }
    }

    private void AddSettingsFiles(DefinitionNode container, string containerReference)
    {
        foreach (DefinitionNode file in document.Mappings(container, "environmentFiles"))
        {
            string arn = document.Text(file, "value");
            SettingFacts.Add(tags, "environmentFiles", arn, _inside, containerReference);
            tags.AddGap(DefinitionGapKind.NotGiven, containerReference, $"The environment file '{Shown.Cut(arn)}' is not in the bundle.");
        }
    }

    /// <summary>Adds what the secrets are called in the container; where they are kept stands in the definition only.</summary>
    private void AddSecrets(DefinitionNode container, string containerReference)
    {
        IEnumerable<DefinitionNode> secrets = document.Mappings(container, "secrets");
        if (document.Mapping(container, "logConfiguration") is { } logging)
        {
            secrets = secrets.Concat(document.Mappings(logging, "secretOptions"));
        }

        foreach (DefinitionNode secret in secrets)
        {
            tags.AddDerived("secret", document.Text(secret, "name"), containerReference);
        }
    }
}
