using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>Reads the services of a Compose file. All count, whatever profile they are in.</summary>
internal sealed class ComposeServices(ComposeContext context, ComposeVolumes volumes, ComposeFiles files)
{
    /// <summary>What a service may have, as far as it is known here that it brings no data or is read.</summary>
    private static readonly HashSet<string> s_known =
    [
        "annotations", "attach", "blkio_config", "build", "cap_add", "cap_drop", "cgroup", "cgroup_parent", "command", "configs", "container_name",
        "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset", "credential_spec",
        "depends_on", "deploy", "develop", "device_cgroup_rules", "devices", "dns", "dns_opt", "dns_search", "domainname", "entrypoint", "env_file",
        "environment", "expose", "external_links", "extra_hosts", "gpus", "group_add", "healthcheck", "hostname", "image", "init", "ipc", "isolation",
        "label_file", "labels", "links", "logging", "mac_address", "mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit", "models",
        "network_mode", "networks", "oom_kill_disable", "oom_score_adj", "pid", "pids_limit", "platform", "ports", "post_start", "pre_stop", "privileged",
        "profiles", "pull_policy", "read_only", "restart", "runtime", "scale", "secrets", "security_opt", "shm_size", "stdin_open", "stop_grace_period",
        "stop_signal", "storage_opt", "sysctls", "tmpfs", "tty", "ulimits", "use_api_socket", "user", "userns_mode", "uts", "volumes", "volumes_from",
        "working_dir",
    ];

    private readonly HashSet<string> _inside = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "0.0.0.0" };

    public void Read(DefinitionNode root)
    {
        DefinitionNode services = context.Document.Mapping(root, "services") ?? throw context.Document.Invalid(root, "The file has no services");
        foreach ((string name, DefinitionNode service) in services.Entries)
        {
            AddHosts(name, service);
        }

        foreach ((string name, DefinitionNode service) in services.Entries)
        {
            Read(name, service, root, context.ReferenceTo("services", name));
        }
    }

    private void Read(string name, DefinitionNode service, DefinitionNode root, string reference)
    {
        foreach (string key in service.Entries.Keys.Where(key => !s_known.Contains(key) && !key.StartsWith("x-", StringComparison.Ordinal)))
        {
            context.Tags.AddGap(DefinitionGapKind.NotUnderstood, reference, $"There is no rule for '{Shown.Cut(key)}' here; if it brings data, that is not protected.");
        }

        AddImage(service, reference);
        context.AddLabels(service, "labels", TagSource.Label, reference);
        context.AddLabels(service, "annotations", TagSource.Annotation, reference);
        if (service.Find("deploy") is { Kind: NodeKind.Mapping } deploy)
        {
            context.AddLabels(deploy, "labels", TagSource.Label, reference + "/deploy");
        }

        AddSettings(service, reference);
        AddSettingsFiles(service, reference);
        foreach ((string path, _) in context.Values.DecideAll(service, "label_file"))
        {
            files.AddLabels(path, reference);
        }

        foreach (string secret in Named(service, "secrets", root))
        {
            context.Tags.AddDerived("secret", secret, reference);
        }

        foreach (string config in Named(service, "configs", root))
        {
            context.Tags.AddDerived("config", config, reference);
        }

        volumes.ReadMounts(name, service, reference);
        AddForeignMounts(service, root, reference);
    }

    private void AddHosts(string name, DefinitionNode service)
    {
        _inside.Add(name);
        foreach (string key in (string[])["container_name", "hostname"])
        {
            _inside.Add(service.Find(key) is { Kind: NodeKind.Scalar } node ? context.Values.Expand(node).Text : name);
        }

        foreach ((_, DefinitionNode network) in service.Find("networks")?.Entries ?? [])
        {
            _inside.UnionWith(network.Find("aliases")?.Items.Select(alias => alias.Text) ?? []);
        }

        // SERVICE:ALIAS
        _inside.UnionWith(service.Find("links")?.Items.Select(link => link.Text.Split(':')[^1]) ?? []);
    }

    private void AddImage(DefinitionNode service, string reference)
    {
        if (service.Find("image") is { } node)
        {
            Interpolated image = context.Values.Expand(context.Document.Require(node, NodeKind.Scalar, "image"));
            if (image.Missing.Count > 0)
            {
                context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, $"The image depends on a variable without a value: {Shown.Cut(string.Join(", ", image.Missing))}.");
            }
            else if (image.Used.Any(SecretRules.IsSecretName) || SecretRules.HoldsSecret(image.Text, interpolated: false))
            {
                context.Tags.AddGap(DefinitionGapKind.NotShown, reference, "The image's name is made of a secret.");
            }
            else
            {
                ImageFacts.Add(context.Tags, image.Text, context.Options.ImageDigests, reference);
            }
        }
        else if (service.Find("build") is not null)
        {
            context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, "The image is built from source that is not in the bundle.");
        }
        else
        {
            context.Tags.AddGap(DefinitionGapKind.NotUnderstood, reference, "The service has no image.");
        }
    }

    private void AddSettings(DefinitionNode service, string reference)
    {
        // An address says where the data is without its password, and a password never gets near a tag.
        foreach (ComposePair pair in context.Values.Pairs(service, "environment", blankSecrets: true))
        {
            string? value = pair.Value is null ? context.Options.Variables.GetValueOrDefault(pair.Key) : pair.Value.Missing.Count == 0 ? pair.Value.Text : null;
            if (value is not null)
            {
                SettingFacts.Add(context.Tags, pair.Key, value, _inside, reference);
            }
            else if (!SecretRules.IsSecretName(pair.Key))
            {
                context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, $"The value of '{Shown.Cut(pair.Key)}' comes from outside and was not given.");
            }
        }
    }

    private void AddSettingsFiles(DefinitionNode service, string reference)
    {
        DefinitionNode? node = service.Find("env_file");
        foreach (DefinitionNode item in node is null ? [] : node.Kind == NodeKind.List ? node.Items : [node])
        {
            string path = item.Kind == NodeKind.Scalar ? context.Values.Decide(item) : context.Values.Decide(context.Document.Require(item, NodeKind.Mapping, "env_file"), "path");
            files.AddSettings(path, reference);
        }
    }

    /// <summary>Reads which secrets or configs a service is given; all must be declared.</summary>
    private List<string> Named(DefinitionNode service, string section, DefinitionNode root)
    {
        DefinitionNode? declared = context.Document.Mapping(root, section);
        List<string> names = [];
        foreach (DefinitionNode item in context.Document.Items(service, section))
        {
            string name = item.Kind == NodeKind.Scalar ? context.Values.Decide(item) : context.Values.Decide(context.Document.Require(item, NodeKind.Mapping, section), "source");
            names.Add(declared?.Entries.ContainsKey(name) == true ? name : throw context.Document.Invalid(item, $"The file does not declare '{Shown.Cut(name)}' in its {section}"));
        }

        return names;
    }

    /// <summary>Reads whose volumes a service takes over. Those of a service of this file are read there.</summary>
    private void AddForeignMounts(DefinitionNode service, DefinitionNode root, string reference)
    {
        foreach ((string text, DefinitionNode node) in context.Values.DecideAll(service, "volumes_from"))
        {
            string[] parts = text.Split(':');
            if (parts[0] == "container" && parts.Length > 1)
            {
                context.Tags.AddGap(DefinitionGapKind.VolumeUnknown, reference, $"It uses the volumes of the container '{Shown.Cut(parts[1])}', which is not of this project.");
            }
            else if (context.Document.Mapping(root, "services")?.Find(parts[0]) is null)
            {
                throw context.Document.Invalid(node, $"The file has no service '{Shown.Cut(parts[0])}'");
            }
        }
    }
}
