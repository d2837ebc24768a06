using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Create;
using Waybill.Cli.Resources;
using Waybill.Cli.Terminal;
using Waybill.Engine;
using Waybill.Kubernetes;
using Waybill.Local;

namespace Waybill.Cli.Protect;

/// <summary>An application as the engine takes it, and the platforms with what was attached to them for it.</summary>
/// <param name="Application">The application.</param>
/// <param name="Providers">The platforms.</param>
internal sealed record ApplicationSelection(ProtectedApplication Application, ImmutableArray<ProviderSettings> Providers)
{
    private const string DefaultProvider = "local";

    /// <summary>Finds an application in the configuration, or makes one of what the command line says, and reads its definitions.</summary>
    public static async Task<ApplicationSelection> SelectAsync(
        ApplicationRequest request, WaybillConfiguration configuration, CliConsole console, CancellationToken cancellationToken)
    {
        ApplicationSettings? configured = configuration.Applications.FirstOrDefault(application => application.Application.Name == request.Name);
        if (configured is not null && request.IsDescribed)
        {
            throw new UsageException($"'{request.Name}' is configured: --volume, --files, --resources, --cluster and --namespace are for applications that are not.");
        }

        (ApplicationSettings settings, ImmutableArray<ProviderSettings> providers) = configured is not null
            ? (configured, configuration.Providers)
            : Describe(request, configuration);
        IReadOnlyList<ResourceDefinition> definitions = settings.Resources.IsEmpty
            ? []
            : await DefinitionFiles.ReadAsync(settings.Resources, cancellationToken).ConfigureAwait(false);
        ProtectedApplication application = settings.Application;
        return new ApplicationSelection(
            application with
            {
                Origin = ApplicationOrigin.Find(definitions, settings.Cluster, settings.Namespace),
                Tags = [.. MergeTags(application.Tags, request.Tags), .. await DefinitionTags.FromAsync(definitions, console).ConfigureAwait(false)],
                Resources = [.. definitions.Select(DefinitionObjects.ToObject)],
                Volumes = [.. application.Volumes.Select(volume => volume with { Facts = Complete(volume, definitions) })],
                Policy = request.LeastConsistency is { } least ? application.Policy with { MinimumConsistency = least } : application.Policy,
            },
            providers);
    }

    /// <summary>Takes an application as it was read from a cluster. It is valid as long as what was read.</summary>
    public static ApplicationSelection OfCluster(CapturedApplication captured, bool hasHooks, ProtectCall call, WaybillConfiguration configuration)
    {
        ProtectedApplication application = captured.ToProtectedApplication(call.As ?? "");
        return new ApplicationSelection(
            application with
            {
                Quiescer = hasHooks ? PodQuiescer.DefaultName : "",
                Tags = [.. call.Application.Tags, .. application.Tags],
                Policy = call.Application.LeastConsistency is { } least ? application.Policy with { MinimumConsistency = least } : application.Policy,
            },
            configuration.Providers);
    }

    private static (ApplicationSettings Settings, ImmutableArray<ProviderSettings> Providers) Describe(ApplicationRequest request, WaybillConfiguration configuration)
    {
        NamedValue[] volumes = [.. request.Volumes, .. request.Files];
        if (volumes.Length == 0 && request.Resources.Count == 0)
        {
            throw new WaybillException(WaybillErrorCode.NotConfigured, $"There is no application '{request.Name}'")
            {
                ObjectName = configuration.File,
                Hint = configuration.Applications.IsEmpty
                    ? "None is configured; --volume, --files and --resources say what it consists of."
                    : $"Known: {string.Join(", ", configuration.Applications.Select(application => application.Application.Name))}.",
            };
        }

        foreach (NamedValue files in request.Files)
        {
            RequireDirectory(files, true);
        }

        foreach (NamedValue volume in request.Volumes)
        {
            RequireDirectory(volume, false);
        }

        var application = new ProtectedApplication(request.Name);
        ImmutableArray<ProviderSettings> providers = configuration.Providers;
        if (volumes.Length > 0)
        {
            ProviderSettings provider = configuration.Providers.Length == 1 ? configuration.Providers[0] : configuration.RequireProvider(DefaultProvider);
            AttachedVolume[] attached = [.. volumes.Select(volume => new AttachedVolume(IdOf(request.Name, volume.Name), Path.GetFullPath(volume.Value)))];
            providers = providers.Replace(provider, provider with { Volumes = [.. provider.Volumes, .. attached] });
            application = application with
            {
                Volumes = [.. volumes.Select((volume, i) => new ProtectedVolume(volume.Name, provider.Name, new VolumeId(attached[i].Name)))],
            };
        }

        return (new ApplicationSettings(application) { Resources = [.. request.Resources], Cluster = request.Cluster, Namespace = request.Namespace }, providers);
    }

    // Two applications may name their volumes alike; what the platform keeps of one must not pass for the other's.
    private static string IdOf(string application, string volume) =>
        VolumeId.TryParse($"app/{application}/{volume}", null, out VolumeId id)
            ? id.ToString()
            : throw new UsageException($"'{application}' and '{volume}' are too long together, or hold characters that the name of a volume cannot have.");

    private static void RequireDirectory(NamedValue volume, bool wanted)
    {
        if (Directory.Exists(volume.Value) != wanted && Path.Exists(volume.Value))
        {
            throw new UsageException(wanted ? $"--files {volume.Name} is no directory; --volume takes images and devices." : $"--volume {volume.Name} is a directory; --files takes those.");
        }
    }

    private static VolumeFacts Complete(ProtectedVolume volume, IReadOnlyList<ResourceDefinition> definitions)
    {
        VolumeFacts claim = DefinitionObjects.FindClaim(definitions, volume.Name);
        return volume.Facts with
        {
            Claim = volume.Facts.Claim.Length > 0 ? volume.Facts.Claim : claim.Claim,
            StorageClass = volume.Facts.StorageClass.Length > 0 ? volume.Facts.StorageClass : claim.StorageClass,
        };
    }

    private static IEnumerable<Tag> MergeTags(ImmutableArray<Tag> configured, IReadOnlyList<Tag> given) =>
        configured.Where(tag => given.All(other => other.Key != tag.Key)).Concat(given);
}
