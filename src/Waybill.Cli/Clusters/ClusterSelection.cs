using System.CommandLine;
using System.Text.Json;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>The options that say which cluster is meant.</summary>
internal sealed class ClusterSelection
{
    private readonly Option<string> _context = new("--context") { Description = "The cluster: a context of the kubeconfig. Default: its current one.", HelpName = "NAME" };

    private readonly Option<string> _kubeConfig = new("--kubeconfig") { Description = "The kubeconfig. Default: $KUBECONFIG, then ~/.kube/config.", HelpName = "FILE" };

    private readonly Option<bool> _inCluster = new("--in-cluster") { Description = "The cluster this runs in, as the service account of its pod." };

    private readonly Option<string> _serviceAccount = new("--service-account")
    {
        Description = "With a cluster: whose tokens drivers are shown that hand over the data of volumes. Default: the service account this runs as.", HelpName = "NAMESPACE/NAME",
    };

    private readonly Option<string> _moverImage = new("--mover-image")
    {
        Description = "With a cluster: the image of the data mover, for claims whose driver does not hand over their data itself. Default: these claims are left out.", HelpName = "IMAGE",
    };

    private readonly Option<bool> _modeChange = new("--allow-volume-mode-change")
    {
        Description = "With --mover-image: read volumes with file systems as blocks; their VolumeSnapshotContents are annotated for that. Default: they are mounted, and their files are read.",
    };

    private readonly Option<string> _podPatch = new("--mover-pod-patch") { Description = "With --mover-image: a JSON merge patch for the template of its pods: tolerations, pull secrets, limits.", HelpName = "FILE" };

    private readonly Option<bool> _objectsOnly = new("--objects-only") { Description = "With a cluster: leave the data of its volumes alone." };

    private readonly ClusterReach _reach;

    /// <summary>Makes the options.</summary>
    /// <param name="reach">What of a cluster the command has to do with.</param>
    public ClusterSelection(ClusterReach reach) => _reach = reach;

    public void AddTo(Command command)
    {
        command.Add(_context);
        command.Add(_kubeConfig);
        command.Add(_inCluster);
        if (_reach != ClusterReach.Objects)
        {
            command.Add(_serviceAccount);
            command.Add(_moverImage);
            command.Add(_modeChange);
            command.Add(_podPatch);
        }

        if (_reach == ClusterReach.ObjectsAndData)
        {
            command.Add(_objectsOnly);
        }
    }

    /// <summary>Gets what was asked for, without asking a cluster anything.</summary>
    public ClusterRequest Bind(ParseResult parsed)
    {
        var request = new ClusterRequest(parsed.GetValue(_context), parsed.GetValue(_kubeConfig), parsed.GetValue(_inCluster))
        {
            ServiceAccount = _reach == ClusterReach.Objects ? null : parsed.GetValue(_serviceAccount),
            Movers = _reach == ClusterReach.Objects ? null : BindMovers(parsed),
            ObjectsOnly = _reach == ClusterReach.ObjectsAndData && parsed.GetValue(_objectsOnly),
        };
        return request.Context is "" || request.KubeConfig is "" ? throw new UsageException("--context and --kubeconfig need a name.")
            : request.InCluster && (request.Context is not null || request.KubeConfig is not null) ? throw new UsageException("--in-cluster goes without --context and --kubeconfig.")
            : !request.IsGiven && (request.ServiceAccount is not null || request.Movers is not null || request.ObjectsOnly)
                ? throw new UsageException("--service-account, --mover-image and --objects-only go with a cluster: --context, --kubeconfig or --in-cluster.")
            : request;
    }

    private MoverOptions? BindMovers(ParseResult parsed)
    {
        bool allows = parsed.GetValue(_modeChange);
        string? patch = parsed.GetValue(_podPatch);
        if (parsed.GetValue(_moverImage) is not { } image)
        {
            return allows || patch is not null ? throw new UsageException("--allow-volume-mode-change and --mover-pod-patch go with --mover-image.") : null;
        }

        return image.Length == 0 ? throw new UsageException("--mover-image needs the name of an image.")
            : new MoverOptions(image) { AllowVolumeModeChange = allows, PodPatch = patch is null ? "" : ReadPatch(patch) };
    }

    private static string ReadPatch(string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            using JsonDocument patch = JsonDocument.Parse(text);
            return patch.RootElement.ValueKind == JsonValueKind.Object ? text : throw new UsageException($"The patch is no JSON object: {file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"The patch cannot be read: {file}: {e.Message}");
        }
    }

    public static Task<ClusterConnection> OpenAsync(ClusterRequest request, CliConsole console, CancellationToken cancellationToken) =>
        ClusterConnection.OpenAsync(request.ToOptions(console.Time, CliApplication.Version), cancellationToken);

    /// <summary>Reads the text form of a selector.</summary>
    public static ApplicationSelector ParseSelector(string text)
    {
        try
        {
            return ApplicationSelector.Parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new UsageException(error.Message);
        }
    }
}
