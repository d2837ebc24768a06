using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>
/// The storage of a cluster as a platform: its volumes are claims, its snapshots are VolumeSnapshots, and their data comes and goes through the backup API of
/// the driver (docs/spec/backup-api.md), with nothing attached or mounted, or through data movers where the driver has none.
/// </summary>
/// <remarks>
/// A volume is named <c>NAMESPACE/CLAIM</c>. A volume as it is now is read from a snapshot that is taken for it, and removed when the reader is disposed; a mover
/// attaches it instead if no pod uses it.
/// </remarks>
public sealed partial class ClusterVolumeProvider : IVolumeProvider, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource, IFileTreeProvider, IVolumeProvisioner, IAsyncDisposable
{
    private static readonly TimeSpan s_forgotten = TimeSpan.FromDays(2);

    /// <summary>How long it takes at most until a mover that ends is seen to have ended.</summary>
    private static readonly TimeSpan s_moverEnd = TimeSpan.FromSeconds(30);

    private readonly ClusterConnection _connection;
    private readonly ClusterVolumeOptions _options;
    private readonly TimeProvider _time;
    private readonly ClusterObjects _objects;
    private readonly ClaimReader _claims;
    private readonly SnapshotClasses _classes;
    private readonly GroupClasses _groupClasses;
    private readonly ServiceAccountTokens _tokens;
    private readonly BackupServices _services;
    private readonly SnapshotMetadataServices _metadata;
    private readonly Movers? _movers;
    private readonly MovedTrees? _trees;
    private readonly ClaimDataSources _data;
    private readonly ClusterWait _wait;
    private readonly ClusterWait _abandoned;
    private readonly ConcurrentDictionary<VolumeId, ClaimWriter?> _writers = [];

    /// <summary>Makes a provider.</summary>
    /// <param name="connection">The cluster; stays the caller's to dispose, after the provider.</param>
    /// <param name="options">Which claims are meant; the defaults if <see langword="null"/>.</param>
    public ClusterVolumeProvider(ClusterConnection connection, ClusterVolumeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
        _options = options ?? new ClusterVolumeOptions();
        _options.Validate();
        _time = connection.Options.TimeProvider;
        _objects = new ClusterObjects(connection);
        _claims = new ClaimReader(_objects, _options);
        _classes = new SnapshotClasses(_objects, _options);
        _groupClasses = new GroupClasses(_objects, _options);
        _tokens = new ServiceAccountTokens(_objects, _time, _options.ServiceAccount);
        _services = new BackupServices(_objects, _tokens, _time, _options.RetryLimit);
        _metadata = new SnapshotMetadataServices(_objects, _tokens, _time, _options.RetryLimit);
        _movers = _options.Movers is { } movers ? new Movers(connection, _objects, movers, Name, _options.WaitLimit, _options.RetryLimit) : null;
        SnapshotVolumes? volumes = _movers is null ? null : new SnapshotVolumes(_objects, _claims, _movers.Options, Name);
        _trees = _movers is null ? null : new MovedTrees(_movers, volumes!);
        _data = new ClaimDataSources(_services, _movers, _metadata, _objects, _claims, volumes, Name);
        _wait = new ClusterWait(_time, _options.WaitLimit);
        _abandoned = new ClusterWait(_time, (_options.Movers?.IdleLimit ?? MoverOptions.DefaultIdleLimit) + s_moverEnd);
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    /// <remarks>Claims whose data cannot be reached are left out: their driver has no backup API, and no movers are wanted.</remarks>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reached = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (BoundClaim claim in await _claims.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!reached.TryGetValue(claim.Driver, out bool isReached))
            {
                reached[claim.Driver] = isReached = await _data.TryGetAsync(claim.Driver, cancellationToken).ConfigureAwait(false) is not null;
            }

            if (isReached)
            {
                yield return await DescribeAsync(claim, cancellationToken).ConfigureAwait(false);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        await _claims.FindAsync(volume, cancellationToken).ConfigureAwait(false) is { } claim ? await DescribeAsync(claim, cancellationToken).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.VolumeNotFound"/>; <see cref="WaybillErrorCode.ProviderUnsupported"/> if the data cannot be reached.
    /// </exception>
    public async ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        BoundClaim claim = await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false);
        IClaimData data = await _data.GetAsync(claim.Driver, cancellationToken).ConfigureAwait(false);
        VolumeCapabilities reading = await data.GetCapabilitiesAsync(claim, cancellationToken).ConfigureAwait(false);
        string snapshotClass = await _classes.ChooseAsync(claim.Driver, cancellationToken).ConfigureAwait(false);
        JsonElement? storageClass = ClusterObjectId.IsName(claim.StorageClass)
            ? await _objects.FindAsync($"{ClusterPaths.StorageClasses}/{claim.StorageClass}", cancellationToken).ConfigureAwait(false)
            : null;
        return reading with
        {
            Snapshots = snapshotClass.Length > 0,
            Grows = storageClass?.IsTrue("allowVolumeExpansion") ?? false,

            // The driver's word is what the order of writes rests on, a class is what lets it be asked for a group at all.
            Groups = reading.Groups == GroupConsistency.WriteOrder && (await _groupClasses.ChooseAsync(claim.Driver, cancellationToken).ConfigureAwait(false)).IsOpen
                ? GroupConsistency.WriteOrder
                : GroupConsistency.None,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        if (source.Snapshot is { } id)
        {
            (SnapshotObject snapshot, SnapshotContentObject content) = await RequireSnapshotAsync(source.Volume, id, cancellationToken).ConfigureAwait(false);
            return await OpenAsync(snapshot, content, null, cancellationToken).ConfigureAwait(false);
        }

        return await OpenNowAsync(source.Volume, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Up to 8 MiB are gathered before they are sent. What was written and not sent is in snapshots that this provider takes, and in no others.</remarks>
    public async ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        BoundClaim claim = await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false);
        VolumeId key = claim.Id;
        if (!_writers.TryAdd(key, null))
        {
            throw InUse(volume, "another writer has it open");
        }

        try
        {
            await RequireUnusedAsync(claim, cancellationToken).ConfigureAwait(false);
            IClaimData data = await _data.GetAsync(claim.Driver, cancellationToken).ConfigureAwait(false);
            ClaimWriter writer = await data.OpenWriteAsync(claim, () => _writers.TryRemove(key, out _), cancellationToken).ConfigureAwait(false);
            _writers[key] = writer;
            return writer;
        }
        catch
        {
            _writers.TryRemove(key, out _);
            throw;
        }
    }

    /// <summary>Ends all calls. Readers and writers that are open end with it; what was not completed is lost.</summary>
    /// <returns>A task that completes when that is done.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_movers is not null)
        {
            await _movers.DisposeAsync().ConfigureAwait(false);
        }

        _services.Dispose();
        _metadata.Dispose();
        _tokens.Dispose();
    }

    private async Task<BlockReader> OpenAsync(SnapshotObject snapshot, SnapshotContentObject content, Func<ValueTask>? onDispose, CancellationToken cancellationToken)
    {
        IClaimData data = await _data.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        SnapshotPoint? point = await data.FindPointAsync(snapshot, content, cancellationToken).ConfigureAwait(false);
        return point is { IsReady: true } ? await data.OpenAsync(snapshot, content, point, onDispose, cancellationToken).ConfigureAwait(false) : throw NotReady(snapshot);
    }

    /// <summary>Opens a volume as it is now: itself if a mover can attach it, else a snapshot of it, which goes with the reader.</summary>
    private async Task<BlockReader> OpenNowAsync(VolumeId volume, CancellationToken cancellationToken)
    {
        BoundClaim claim = await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false);
        if (await (await _data.GetAsync(claim.Driver, cancellationToken).ConfigureAwait(false)).OpenUnusedAsync(claim, cancellationToken).ConfigureAwait(false) is { } unused)
        {
            return unused;
        }

        return await OpenTemporaryAsync(claim, (snapshot, content, onDispose) => OpenAsync(snapshot, content, onDispose, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a snapshot and opens that. It goes with what was opened.</summary>
    private async Task<T> OpenTemporaryAsync<T>(
        BoundClaim claim, Func<SnapshotObject, SnapshotContentObject, Func<ValueTask>, Task<T>> open, CancellationToken cancellationToken)
    {
        await RemoveForgottenAsync(claim, cancellationToken).ConfigureAwait(false);
        SnapshotObject taken = await TakeAsync(claim, $"now-{Guid.NewGuid():N}", temporary: true, cancellationToken).ConfigureAwait(false);
        try
        {
            SnapshotObject ready = await _wait.UntilAsync(
                async () => await FindObjectAsync(taken.Namespace, taken.Name, cancellationToken).ConfigureAwait(false) is { IsReady: true } found ? found : null,
                () => NotReady(taken),
                cancellationToken).ConfigureAwait(false);
            SnapshotContentObject content = await FindContentAsync(ready, cancellationToken).ConfigureAwait(false) ?? throw NotReady(ready);
            return await open(ready, content, () => new ValueTask(RemoveAsync(ready, CancellationToken.None))).ConfigureAwait(false);
        }
        catch
        {
            await TryRemoveAsync(taken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Removes what readers left behind that were killed. A reader that is that old is taken for dead; if it is not, it fails and says so.</summary>
    private async Task RemoveForgottenAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        string path = ClusterPaths.WithLabel(ClusterPaths.VolumeSnapshots(claim.Namespace), ClusterMarks.Temporary, "true");
        DateTimeOffset oldest = _time.GetUtcNow() - s_forgotten;
        foreach (SnapshotObject snapshot in (await _objects.ListAsync(path, cancellationToken).ConfigureAwait(false)).Select(SnapshotObject.From))
        {
            if (snapshot.Claim == claim.Name && !snapshot.IsDeleting && snapshot.Created is { } created && created.ToDateTimeOffset() < oldest)
            {
                await TryRemoveAsync(snapshot).ConfigureAwait(false);
            }
        }
    }

    private async Task<BoundClaim> RequireClaimAsync(VolumeId volume, CancellationToken cancellationToken) =>
        await _claims.FindAsync(volume, cancellationToken).ConfigureAwait(false) ?? throw VolumeNotFound(volume);

    /// <summary>
    /// Makes sure that no pod uses a claim. A mover whose coordinator died has it for a while yet, which is waited for: whoever begins a restore again does not have to know
    /// of that. One whose coordinator lives stays.
    /// </summary>
    private async Task RequireUnusedAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        ClaimUser? user = null;
        await _abandoned.UntilAsync(
            async () => (user = await _claims.FindUserAsync(claim, cancellationToken).ConfigureAwait(false)) is not { Mover.Length: > 0 } || _movers?.IsRunning(user.Mover) == true,
            () => InUse(claim.Id, $"the pod '{user!.Pod}' moves its data for somebody"),
            cancellationToken).ConfigureAwait(false);
        if (user is not null)
        {
            throw InUse(claim.Id, $"the pod '{user.Pod}' has it");
        }
    }
}
