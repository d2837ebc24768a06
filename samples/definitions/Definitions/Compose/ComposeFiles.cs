using Waybill.Bundles;
using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>Takes the files that a Compose file names into the bundle, and says which were not given.</summary>
internal sealed class ComposeFiles(ComposeContext context)
{
    private const string VariablesFile = ".env";

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly HashSet<DefinitionKind> _added = [];
    private readonly List<ResourceObject> _resources = [];

    public IReadOnlyList<ResourceObject> Resources => _resources;

    /// <summary>Takes the file of variables. It is always a Secret: that is what people keep there.</summary>
    /// <returns>Whether it was given.</returns>
    public bool TryAddVariables() => TryAdd("EnvFile", VariablesFile, VariablesFile, isSecret: true);

    /// <summary>Takes a file with settings of a service. It is always a Secret.</summary>
    public void AddSettings(string path, string reference)
    {
        if (!TryAdd("EnvFile", path, path, isSecret: true))
        {
            context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, $"The env file '{Shown.Cut(path)}' was not given.");
        }
    }

    /// <summary>Takes a file with labels of a service.</summary>
    public void AddLabels(string path, string reference)
    {
        bool isGiven = TryAdd("LabelFile", path, path, isSecret: false);
        context.Tags.AddGap(
            isGiven ? DefinitionGapKind.NotShown : DefinitionGapKind.NotGiven, reference, $"Labels of '{Shown.Cut(path)}' are no tags; the file {(isGiven ? "is in the bundle" : "was not given")}.");
    }

    /// <summary>Reads the sections of configs and secrets.</summary>
    public void ReadSections(DefinitionNode root)
    {
        foreach ((string name, DefinitionNode config) in context.Document.Entries(root, "configs"))
        {
            Read("Config", "configs", name, config, isSecret: false);
        }

        foreach ((string name, DefinitionNode secret) in context.Document.Entries(root, "secrets"))
        {
            Read("Secret", "secrets", name, secret, isSecret: true);
        }
    }

    /// <summary>Refuses files that were given and that nothing names.</summary>
    public void MustAllBeUsed()
    {
        if (context.Options.Files.Keys.FirstOrDefault(path => !_used.Contains(path) && path != VariablesFile) is { } unused)
        {
            throw new ArgumentException($"Nothing in the definition names the file '{unused}'.", nameof(context.Options.Files));
        }
    }

    private void Read(string kind, string section, string name, DefinitionNode node, bool isSecret)
    {
        string reference = context.ReferenceTo(section, name);
        DefinitionNode definition = context.Document.Require(node, NodeKind.Mapping, name);
        context.AddLabels(definition, "labels", TagSource.Label, reference);
        if (IsExternal(definition))
        {
            context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, "It is kept outside of the project.");
        }
        else if (context.Values.Decide(definition, "file") is { Length: > 0 } path)
        {
            if (!TryAdd(kind, name, path, isSecret))
            {
                context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, $"Its file '{Shown.Cut(path)}' was not given.");
            }
        }
        else if (definition.Find("environment") is not null)
        {
            context.Tags.AddGap(DefinitionGapKind.NotGiven, reference, "Its value is a variable of whoever starts the project.");
        }
        else if (definition.Find("content") is null)
        {
            throw context.Document.Invalid(node, $"It is not said what '{Shown.Cut(name)}' holds");
        }
    }

    /// <summary>Says whether something is made and kept outside of the project. The old form has its name below <c>external</c>.</summary>
    private bool IsExternal(DefinitionNode definition) =>
        definition.Find("external") is { Kind: NodeKind.Mapping } || context.Values.Flag(definition, "external");

    private bool TryAdd(string kind, string name, string path, bool isSecret)
    {
        if (!context.Options.Files.TryGetValue(path, out ReadOnlyMemory<byte> content))
        {
            return false;
        }

        _used.Add(path);
        var self = new DefinitionKind(DefinitionKind.Compose, kind, name);
        if (_added.Add(self))
        {
            bool keepSecret = isSecret || context.Options.KeepAllSecret || SecretRules.HoldsSecret(content.Span);
            _resources.Add(DefinitionResources.Make(self, context.Project, content, path, keepSecret, new DefinitionKind(DefinitionKind.Compose, "Project", context.Project)));
        }

        return true;
    }
}
