using Grpc.Core;
using Grpc.Net.Client;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using GroupCall = Waybill.Csi.Wire.GroupControllerServiceCapability.Types.RPC.Types.Type;
using NodeCall = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>A driver that is being checked: its services, what it announces, and what all checks share.</summary>
internal sealed class CsiSession : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly GrpcChannel _nodeChannel;
    private readonly List<string> _leftovers;
    private readonly HashSet<ServiceKind> _services = [];
    private readonly HashSet<ControllerCall> _controllerCalls = [];
    private readonly HashSet<GroupCall> _groupCalls = [];
    private readonly HashSet<NodeCall> _nodeCalls = [];
    private readonly List<string> _ownDirectories = [];
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly HashSet<CsiAccess> _refusedAccess = [];
    private CsiScope? _shared;
    private Task<MetadataHistory>? _history;
    private int _lastNumber;

    private CsiSession(CsiConformanceOptions options, List<string> leftovers)
    {
        Options = options;
        _leftovers = leftovers;
        _channel = CsiChannel.Open(options.Endpoint);
        _nodeChannel = options.NodeEndpoint.Length == 0 ? _channel : CsiChannel.Open(options.NodeEndpoint);
        Identity = new Identity.IdentityClient(_channel);
        Controller = new Controller.ControllerClient(_channel);
        Groups = new GroupController.GroupControllerClient(_channel);
        Metadata = new SnapshotMetadata.SnapshotMetadataClient(_channel);
        Node = new Node.NodeClient(_nodeChannel);
        MountDirectory = options.MountDirectory;
        StagingDirectory = options.StagingDirectory;
        Random = new Random(options.Seed);
    }

    public CsiConformanceOptions Options { get; }

    public string Subject { get; private set; } = "";

    public Identity.IdentityClient Identity { get; }

    public Controller.ControllerClient Controller { get; }

    public GroupController.GroupControllerClient Groups { get; }

    public SnapshotMetadata.SnapshotMetadataClient Metadata { get; }

    public Node.NodeClient Node { get; }

    /// <summary>Gets what the node says of itself; null if no node service answers.</summary>
    public NodeGetInfoResponse? NodeInfo { get; private set; }

    public bool HasNode { get; private set; }

    public Random Random { get; }

    public string MountDirectory { get; private set; }

    public string StagingDirectory { get; private set; }

    /// <summary>Connects and asks what the driver can do.</summary>
    public static async Task<CsiSession> OpenAsync(CsiConformanceOptions options, List<string> leftovers, CancellationToken cancellationToken)
    {
        CsiSession session = new(options, leftovers);
        try
        {
            await session.LoadAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public CallOptions Call(CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Options.CallTimeout, cancellationToken: cancellationToken);

    /// <summary>Gives a name that no other run uses.</summary>
    public string NewName() => $"{Options.NamePrefix}-{_run}-{NextNumber()}";

    public int NextNumber() => Interlocked.Increment(ref _lastNumber);

    public bool Has(ServiceKind service) => _services.Contains(service);

    public bool Has(ControllerCall call) => Has(ServiceKind.ControllerService) && _controllerCalls.Contains(call);

    public bool Has(NodeCall call) => HasNode && _nodeCalls.Contains(call);

    public void Require(ServiceKind service) => Require(Has(service), $"The driver does not announce the service {service}.");

    public void Require(ControllerCall call) => Require(Has(call), $"The driver does not announce that its controller can {call}.");

    public void Require(GroupCall call) =>
        Require(Has(ServiceKind.GroupControllerService) && _groupCalls.Contains(call), $"The driver does not announce that it can {call}.");

    public void Require(NodeCall call) => Require(Has(call), $"The driver does not announce that its node can {call}.");

    public void RequireNode() => Require(HasNode, "No node service answers at the endpoint.");

    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new CheckSkippedException(otherwise);
        }
    }

    /// <summary>Remembers that volumes cannot be used in a way, which is a choice of the driver's and no failure.</summary>
    public void Refuse(CsiAccess access) => _refusedAccess.Add(access);

    public bool Refuses(CsiAccess access) => _refusedAccess.Contains(access);

    public void AddLeftover(string what)
    {
        lock (_leftovers)
        {
            _leftovers.Add(what);
        }
    }

    /// <summary>Gives the volume whose changes are known, which the checks of metadata share; it is made when the first one asks.</summary>
    public Task<MetadataHistory> HistoryAsync(CancellationToken cancellationToken) =>
        _history ??= MetadataHistory.CreateAsync(_shared ??= new CsiScope(this), cancellationToken);

    /// <summary>Removes what checks shared.</summary>
    public async Task RemoveSharedAsync()
    {
        if (_shared is { } shared)
        {
            _shared = null;
            _history = null;
            await shared.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Restarts the driver and waits until it answers again.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        Func<CancellationToken, Task> restart = Options.RestartAsync ?? throw new CheckSkippedException("Nothing was given that restarts the driver.");
        await restart(cancellationToken).ConfigureAwait(false);
        await WaitUntilAnsweringAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the driver says that it is ready.</summary>
    public async Task WaitUntilAnsweringAsync(CancellationToken cancellationToken)
    {
        long start = Options.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                ProbeResponse answer = await Identity.ProbeAsync(new ProbeRequest(), Call(cancellationToken)).ConfigureAwait(false);
                if (answer.Ready ?? true)
                {
                    return;
                }
            }
            catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.FailedPrecondition or StatusCode.Internal)
            {
                // It is starting.
            }

            Verdicts.Require(Options.TimeProvider.GetElapsedTime(start) < Options.Patience, $"The driver did not answer within {Options.Patience}.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives directories to publish and stage in, as they were named or new ones.</summary>
    public void PrepareDirectories()
    {
        MountDirectory = Prepare(MountDirectory, "mount");
        StagingDirectory = Prepare(StagingDirectory, "staging");
    }

    public async ValueTask DisposeAsync()
    {
        await RemoveSharedAsync().ConfigureAwait(false);
        foreach (string directory in Enumerable.Reverse(_ownDirectories))
        {
            CsiScope.RemoveDirectory(this, directory);
        }

        _channel.Dispose();
        _nodeChannel.Dispose();
    }

    private string Prepare(string directory, string name)
    {
        if (directory.Length > 0)
        {
            return directory;
        }

        string own = Path.Combine(Path.GetTempPath(), $"{Options.NamePrefix}-{_run}-{name}");
        Directory.CreateDirectory(own);
        _ownDirectories.Add(own);
        return own;
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        GetPluginInfoResponse info;
        try
        {
            info = await Identity.GetPluginInfoAsync(new GetPluginInfoRequest(), Call(cancellationToken)).ConfigureAwait(false);
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException failure)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, "csi", $"No CSI driver answers: {CsiStatus.Describe(failure)}", failure)
            {
                ObjectName = Options.Endpoint,
                Hint = "Start the driver, and check the path of its socket and the rights to it.",
            };
        }

        Subject = $"{info.Name} {info.VendorVersion}".Trim();
        await AskAsync(
            async () =>
            {
                GetPluginCapabilitiesResponse answer =
                    await Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest(), Call(cancellationToken)).ConfigureAwait(false);
                _services.UnionWith(answer.Capabilities.Where(one => one.Service is not null).Select(one => one.Service.Type));
            }).ConfigureAwait(false);
        await AskAsync(
            async () =>
            {
                ControllerGetCapabilitiesResponse answer =
                    await Controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest(), Call(cancellationToken)).ConfigureAwait(false);
                _controllerCalls.UnionWith(answer.Capabilities.Where(one => one.Rpc is not null).Select(one => one.Rpc.Type));
            }).ConfigureAwait(false);
        await AskAsync(
            async () =>
            {
                GroupControllerGetCapabilitiesResponse answer =
                    await Groups.GroupControllerGetCapabilitiesAsync(new GroupControllerGetCapabilitiesRequest(), Call(cancellationToken)).ConfigureAwait(false);
                _groupCalls.UnionWith(answer.Capabilities.Where(one => one.Rpc is not null).Select(one => one.Rpc.Type));
            }).ConfigureAwait(false);
        await AskAsync(
            async () =>
            {
                NodeGetCapabilitiesResponse answer =
                    await Node.NodeGetCapabilitiesAsync(new NodeGetCapabilitiesRequest(), Call(cancellationToken)).ConfigureAwait(false);
                HasNode = true;
                _nodeCalls.UnionWith(answer.Capabilities.Where(one => one.Rpc is not null).Select(one => one.Rpc.Type));
                NodeInfo = await Node.NodeGetInfoAsync(new NodeGetInfoRequest(), Call(cancellationToken)).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    // A service that is not there, or fails, is the business of the check that asks for it.
    private static async Task AskAsync(Func<Task> ask)
    {
        try
        {
            await ask().ConfigureAwait(false);
        }
        catch (RpcException)
        {
        }
    }
}
