using System.Text.RegularExpressions;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>Reads a Compose file: the project, and what belongs to it as a whole.</summary>
internal sealed partial class ComposeReader(DefinitionDocument document, ReadOnlyMemory<byte> content, ComposeOptions options)
{
    private const string Platform = "docker-compose";

    private static readonly HashSet<string> s_sections = ["version", "name", "services", "volumes", "networks", "configs", "secrets", "models"];

    public DefinedApplication Read()
    {
        DefinitionNode root = document.Require(document.Root, NodeKind.Mapping, "the definition");
        RefuseWhatIsElsewhere(root);
        var values = new ComposeValues(document, options.Variables);
        var context = new ComposeContext(document, options, values, ProjectName(root, values));
        context.Tags.AddDerived("compose.project", context.Project, context.Reference);

        var files = new ComposeFiles(context);
        var volumes = new ComposeVolumes(context, root);
        new ComposeServices(context, volumes, files).Read(root);
        volumes.ReadUnused();
        files.ReadSections(root);
        foreach ((string name, DefinitionNode network) in document.Entries(root, "networks").Where(entry => entry.Value.Kind == NodeKind.Mapping))
        {
            context.AddLabels(network, "labels", TagSource.Label, context.ReferenceTo("networks", name));
        }

        AddVariables(context, root, files);
        files.MustAllBeUsed();
        return Make(context, files);
    }

    private DefinedApplication Make(ComposeContext context, ComposeFiles files)
    {
        var self = new DefinitionKind(DefinitionKind.Compose, "Project", context.Project);
        bool isSecret = options.KeepAllSecret || SecretRules.HoldsSecret(document.Root, interpolated: true);
        ResourceObject project = DefinitionResources.Make(self, context.Project, content, document.FileName, isSecret) with { MediaType = "application/yaml" };
        string name = options.ApplicationName.Length > 0 ? options.ApplicationName : context.Project;
        (var all, var mapped) = context.Volumes.Resolve(options, context.Project, context.Tags);
        (var tags, var gaps) = context.Tags.ToTags();
        var application = new ProtectedApplication(name)
        {
            Origin = new Origin
            {
                Platform = Platform,
                ClusterId = options.ClusterId,
                ClusterName = options.ClusterName,
                Namespace = context.Project,
                Kind = self.Kind,
                Host = options.Host,
            },
            Tags = tags,
            Resources = [project, .. files.Resources],
            Volumes = mapped,
        };
        return new DefinedApplication(application, all, gaps);
    }

    /// <summary>Says what the file needs from outside, so that its meaning is not lost with the machine it was used on.</summary>
    private static void AddVariables(ComposeContext context, DefinitionNode root, ComposeFiles files)
    {
        SortedSet<string> names = context.Values.VariablesOf(root.Entries.Where(entry => s_sections.Contains(entry.Key)).Select(entry => entry.Value));
        foreach (string name in names)
        {
            context.Tags.AddDerived("compose.variables", name, context.Reference);
        }

        if (!files.TryAddVariables() && names.Count > 0)
        {
            context.Tags.AddGap(DefinitionGapKind.NotGiven, context.Reference, "Values of variables are not in the file, and '.env' was not given.");
        }
    }

    private void RefuseWhatIsElsewhere(DefinitionNode root)
    {
        const string Hint = "Give the output of 'docker compose config', which has everything in one file.";
        if (root.Find("include") is { } include)
        {
            throw document.Invalid(include, "The file includes others", Hint);
        }

        foreach ((string key, DefinitionNode value) in root.Entries)
        {
            if (!s_sections.Contains(key) && !key.StartsWith("x-", StringComparison.Ordinal))
            {
                throw document.Invalid(value, $"'{Shown.Cut(key)}' is not a section of a Compose file");
            }
        }

        foreach ((string name, DefinitionNode service) in document.Entries(root, "services"))
        {
            if (document.Require(service, NodeKind.Mapping, name).Find("extends") is { } extends)
            {
                throw document.Invalid(extends, $"The service '{Shown.Cut(name)}' extends another one", Hint);
            }
        }
    }

    private string ProjectName(DefinitionNode root, ComposeValues values)
    {
        string name = options.ProjectName.Length > 0 ? options.ProjectName
            : options.Variables.GetValueOrDefault("COMPOSE_PROJECT_NAME") is { Length: > 0 } variable ? variable
            : values.Decide(root, "name");
        return name.Length == 0 ? throw document.Invalid(root, "The file does not name its project", "Give the project's name: without it the names of its volumes are not known.")
            : ValidName().IsMatch(name) ? name
            : throw document.Invalid(root, $"'{Shown.Cut(name)}' is not a name of a project");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,99}\z")]
    private static partial Regex ValidName();
}
