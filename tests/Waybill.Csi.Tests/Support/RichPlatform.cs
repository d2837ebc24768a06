using System.Collections.Concurrent;
using System.Collections.Immutable;
using Waybill.Providers;
using Waybill.Testing;
using Properties = System.Collections.Immutable.ImmutableSortedDictionary<string, string>;

namespace Waybill.Csi.Tests.Support;

/// <summary>A platform that has every optional role: two zones, nodes that volumes are attached to, properties that can change, and volumes that fall ill.</summary>
internal sealed class RichPlatform :
    IVolumeProvider, IVolumeProvisioner, ICapacitySource, IVolumeModifier, IVolumePublisher, IVolumeHealth, IVolumeTopology, IVolumeContextSource
{
    public const string Zone = "topology.example.com/zone";

    private readonly ConcurrentDictionary<(VolumeId Volume, string Node), VolumePublishRequest> _published = new();

    public ScriptedProvider Inner { get; } = new();

    public string Name => Inner.Name;

    public string[] Nodes { get; init; } = ["node-1", "node-2"];

    public int VolumesPerNode { get; init; } = 2;

    public ConcurrentDictionary<VolumeId, string> Ill { get; } = new();

    public ConcurrentDictionary<VolumeId, Properties> Modified { get; } = new();

    public CapacityQuery? LastQuery { get; private set; }

    public VolumePublishRequest? LastPublish { get; private set; }

    /// <summary>Gets or sets what every call of an optional role fails with.</summary>
    public Func<Exception>? Failure { get; set; }

    public static Properties InZone(string zone) => Properties.Empty.Add(Zone, zone);

    public ValueTask<CapacityReport> GetCapacityAsync(CapacityQuery query, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        LastQuery = query;
        return ValueTask.FromResult(new CapacityReport(query.Place.GetValueOrDefault(Zone) == "b" ? 0 : 1L << 40) { MaxVolumeBytes = 1L << 35 });
    }

    public ValueTask ModifyVolumeAsync(VolumeId volume, Properties parameters, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        if (parameters.Keys.FirstOrDefault(key => key != "iops") is { } unknown)
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, Name, $"There is no property {unknown}");
        }

        Modified[volume] = parameters;
        return ValueTask.CompletedTask;
    }

    public ValueTask<Properties> PublishAsync(VolumePublishRequest request, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        LastPublish = request;
        if (!Nodes.Contains(request.NodeId))
        {
            throw new ProviderException(WaybillErrorCode.NodeNotFound, Name, "There is no such node") { ObjectName = request.NodeId };
        }

        if (_published.TryGetValue((request.Volume, request.NodeId), out VolumePublishRequest? before))
        {
            return before.ReadOnly == request.ReadOnly ? ValueTask.FromResult(Describe(request))
                : throw new ProviderException(WaybillErrorCode.VolumeConflict, Name, "It is published in another way");
        }

        if (!request.IsShared && _published.Keys.FirstOrDefault(key => key.Volume == request.Volume).Node is { } other)
        {
            throw new ProviderException(WaybillErrorCode.ProviderBusy, Name, $"It is published on {other}") { IsTransient = true };
        }

        if (_published.Keys.Count(key => key.Node == request.NodeId) >= VolumesPerNode)
        {
            throw new ProviderException(WaybillErrorCode.LimitExceeded, Name, "The node has as many volumes as it can");
        }

        _published[(request.Volume, request.NodeId)] = request;
        return ValueTask.FromResult(Describe(request));
    }

    public ValueTask UnpublishAsync(VolumeId volume, string? nodeId, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        foreach ((VolumeId Volume, string Node) key in _published.Keys.Where(key => key.Volume == volume && (nodeId is null || key.Node == nodeId)))
        {
            _published.TryRemove(key, out _);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<ImmutableArray<string>> GetNodesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        return ValueTask.FromResult<ImmutableArray<string>>([.. _published.Keys.Where(key => key.Volume == volume).Select(key => key.Node).Order(StringComparer.Ordinal)]);
    }

    public ValueTask<VolumeHealth> GetHealthAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        return ValueTask.FromResult(Ill.TryGetValue(volume, out string? why) ? new VolumeHealth(true, why) : new VolumeHealth(false, "It is well."));
    }

    public ValueTask<VolumeCreateRequest> PlaceAsync(VolumeCreateRequest request, ImmutableArray<Properties> allowed, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        string? zone = allowed.Length == 0 ? "a" : allowed.Select(place => place.GetValueOrDefault(Zone)).FirstOrDefault(zone => zone is "a" or "b");
        return zone is null ? throw new ProviderException(WaybillErrorCode.NoSpace, Name, "There is no such zone")
            : ValueTask.FromResult(request with { StorageClass = zone });
    }

    public ImmutableArray<Properties> GetPlaces(VolumeDescriptor volume) => volume.StorageClass.Length > 0 ? [InZone(volume.StorageClass)] : [];

    public Properties GetContext(VolumeDescriptor volume) => Properties.Empty.Add("server", $"{volume.Id}.example.com");

    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => Inner.ListVolumesAsync(cancellationToken);

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => Inner.FindVolumeAsync(volume, cancellationToken);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        Inner.GetCapabilitiesAsync(volume, cancellationToken);

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => Inner.OpenReadAsync(source, cancellationToken);

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => Inner.OpenWriteAsync(volume, cancellationToken);

    public ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        return Inner.CreateVolumeAsync(request, cancellationToken);
    }

    public ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        return Inner.DeleteVolumeAsync(volume, cancellationToken);
    }

    public ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        ThrowIfFailing();
        return Inner.GrowVolumeAsync(volume, length, cancellationToken);
    }

    private static Properties Describe(VolumePublishRequest request) => Properties.Empty.Add("device", $"/dev/{request.Volume}");

    private void ThrowIfFailing()
    {
        if (Failure?.Invoke() is { } failure)
        {
            throw failure;
        }
    }
}
