using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>
/// Calls the backup API of a storage platform, waybill.backup.v1 (docs/spec/backup-api.md): reads snapshots and what changed between them, and writes claims.
/// It checks whatever the specification lets a caller check, waits where it is asked to, and makes broken connections again.
/// </summary>
public sealed class BackupClient : IDisposable
{
    private const int MaxMessageBytes = (4 << 20) + 1024;
    private const int DefaultChunkBytes = 1 << 20;

    private readonly BackupClientOptions _options;
    private readonly TrustedChannel _channel;
    private readonly Waybill.Backup.Wire.Backup.BackupClient _calls;
    private readonly Files.FilesClient _files;
    private int _maxChunkBytes;

    private BackupClient(BackupClientOptions options, TrustedChannel channel)
    {
        _options = options;
        _channel = channel;
        _calls = new Waybill.Backup.Wire.Backup.BackupClient(channel.Channel);
        _files = new Files.FilesClient(channel.Channel);
    }

    /// <summary>Makes a client. Nothing is sent yet.</summary>
    /// <param name="options">Where the server is, and as whom it is called.</param>
    /// <returns>The client; the caller disposes it. It may be used by any number of calls at once.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/> if the address or the certificates cannot be used.</exception>
    public static BackupClient Connect(BackupClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BackupClient(options, TrustedChannel.Open("backup API", options.Name, options.Address, options.Authorities, MaxMessageBytes, options.Connect));
    }

    /// <summary>Asks what can be done with a volume now.</summary>
    /// <param name="objectNamespace">The namespace of its claim.</param>
    /// <param name="volume">The driver's own name of the volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What reading it can do; snapshots and growing are not this API's to tell.</returns>
    /// <exception cref="ProviderException">What the call ended with.</exception>
    public async Task<VolumeCapabilities> GetCapabilitiesAsync(string objectNamespace, VolumeId volume, CancellationToken cancellationToken = default)
    {
        var request = new GetCapabilitiesRequest { Namespace = objectNamespace, VolumeId = volume.ToString() };
        GetCapabilitiesResponse found = await CallAsync(with => _calls.GetCapabilitiesAsync(request, with), volume.ToString(), cancellationToken).ConfigureAwait(false);
        return new VolumeCapabilities
        {
            Shape = found.Deltas ? ChangeShape.ListAndRead : ChangeShape.None,
            Granularity = found.Deltas ? (int)Math.Min(found.GranularityBytes, int.MaxValue) : 0,
            Exactness = !found.Deltas ? ChangeExactness.Unknown : found.OverReports ? ChangeExactness.Superset : ChangeExactness.Exact,
            ChangeIdKind = !found.Deltas ? ChangeIdKind.None : found.BaseMustExist ? ChangeIdKind.Snapshot : ChangeIdKind.Opaque,
            BaseMustExist = found.BaseMustExist,
            AnyBase = found.AnyBase,
            ReportsZeros = found.ReportsZeros,
            ReportsAllocated = found.Allocated,
            Groups = found.GroupWriteOrder ? GroupConsistency.WriteOrder : GroupConsistency.None,
        };
    }

    /// <summary>Lists the snapshots of a namespace, or of a volume in it.</summary>
    /// <param name="objectNamespace">The namespace.</param>
    /// <param name="volume">The driver's own name of the volume; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The snapshots the caller may see, in the order of their names.</returns>
    /// <exception cref="ProviderException">What a call ended with.</exception>
    public async IAsyncEnumerable<SnapshotPoint> ListPointsAsync(
        string objectNamespace, VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListPointsRequest { Namespace = objectNamespace, VolumeId = volume?.ToString() ?? "" };
        do
        {
            ListPointsResponse page = await CallAsync(with => _calls.ListPointsAsync(request, with), objectNamespace, cancellationToken).ConfigureAwait(false);
            foreach (Point point in page.Points)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return Understand(point, objectNamespace);
            }

            if (page.NextPageToken.Length > 0 && page.NextPageToken == request.PageToken)
            {
                throw BackupErrors.Broken(_options.Name, objectNamespace, "a list leads back to itself");
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Asks what of a snapshot may hold anything but zeros or, with a base, what changed since that.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The answer, when its head has come; the caller disposes it.</returns>
    /// <exception cref="ProviderException">What the call ended with.</exception>
    public async Task<BackupAnswer<ChangedRange>> ListRangesAsync(BackupQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        AnswerReader reader = await OpenAsync(
            question,
            (start, with) => new AnswerCall.Ranges(_calls.ListRanges(
                new ListRangesRequest { Snapshot = Snapshot(question), Base = From(question), StartingOffset = (ulong)start, Fallback = { Fallback(question) } }, with)),
            cancellationToken).ConfigureAwait(false);
        return new BackupAnswer<ChangedRange>(reader, piece => piece.ToRange());
    }

    /// <summary>Asks for the same together with its content, which is borrowed until the next piece is asked for.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The answer, when its head has come; the caller disposes it.</returns>
    /// <exception cref="ProviderException">What the call ended with.</exception>
    public async Task<BackupAnswer<VolumeChange>> ReadDataAsync(BackupQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        AnswerReader reader = await OpenAsync(
            question,
            (start, with) => new AnswerCall.Data(_calls.ReadData(
                new ReadDataRequest
                {
                    Snapshot = Snapshot(question), Base = From(question), StartingOffset = (ulong)start, EndingOffset = (ulong)question.EndingOffset, Fallback = { Fallback(question) },
                },
                with)),
            cancellationToken).ConfigureAwait(false);
        return new BackupAnswer<VolumeChange>(reader, piece => piece.ToChange());
    }

    /// <summary>Lays changes over what a claim holds. What is not among them stays.</summary>
    /// <param name="objectNamespace">The namespace of the claim.</param>
    /// <param name="claim">Its name there.</param>
    /// <param name="length">The size of its volume in bytes.</param>
    /// <param name="changes">Ascending, disjoint changes; their content is borrowed until the call ends. All of it may be sent more than once.</param>
    /// <param name="cancellationToken">Ends the call early; anything between nothing and all may then have been written.</param>
    /// <returns>A task that completes when all of it is durable.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderBusy"/> if something uses the volume, or what the call ended with.</exception>
    public async Task WriteDataAsync(string objectNamespace, string claim, long length, IReadOnlyList<VolumeChange> changes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Count == 0)
        {
            return;
        }

        int chunk = Volatile.Read(ref _maxChunkBytes);
        if (chunk == 0)
        {
            GetServerResponse server = await CallAsync(with => _calls.GetServerAsync(new GetServerRequest(), with), _options.Name, cancellationToken).ConfigureAwait(false);
            chunk = server.MaxChunkBytes is > 0 and < DefaultChunkBytes ? server.MaxChunkBytes : DefaultChunkBytes;
            Volatile.Write(ref _maxChunkBytes, chunk);
        }

        try
        {
            await new ClaimUpload(_options, _calls, $"{objectNamespace}/{claim}", length, chunk).RunAsync(changes, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.FailedPrecondition) && e.Code == WaybillErrorCode.ChangeTrackingLost)
        {
            throw new ProviderException(WaybillErrorCode.ProviderBusy, e.Provider, e.Message, e) { ObjectName = e.ObjectName, VendorCode = e.VendorCode };
        }
    }

    /// <summary>Gives access to a snapshot of a volume that is a tree of files. Nothing is sent yet.</summary>
    /// <param name="objectNamespace">The namespace of the snapshot.</param>
    /// <param name="snapshot">Its name there.</param>
    /// <returns>The tree, for as long as the client is there; its calls fail with <see cref="ProviderException"/>. Connections that break are made again.</returns>
    public FileTreeSource OpenTree(string objectNamespace, string snapshot) => new RemoteTree(_options, _files, objectNamespace, snapshot);

    /// <summary>Opens a volume that is a tree of files, to fill it.</summary>
    /// <param name="objectNamespace">The namespace of its claim.</param>
    /// <param name="claim">The claim's name there.</param>
    /// <param name="replaces">Whether what it holds is removed first; else one that holds something is refused.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The target; the caller disposes it. If its connection breaks, the volume is not to be used, and is filled anew.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetExists"/>, <see cref="WaybillErrorCode.ProviderUnsupported"/>, or what else the call ended with.</exception>
    public async Task<FileTreeTarget> OpenTreeTargetAsync(string objectNamespace, string claim, bool replaces = false, CancellationToken cancellationToken = default)
    {
        string name = $"{objectNamespace}/{claim}";
        var patience = new CallPatience(_options, name);
        while (true)
        {
            // It outlives this call, whose token is not for what comes later.
            CallOptions with = await patience.NextAsync(CancellationToken.None, cancellationToken).ConfigureAwait(false);
            var target = new RemoteTreeTarget(_options, name, _files.WriteFiles(with));
            try
            {
                await target.OpenAsync(replaces, cancellationToken).ConfigureAwait(false);
                return target;
            }
            catch (RpcException error)
            {
                await target.DisposeAsync().ConfigureAwait(false);
                await patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await target.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Ends it. Answers that are open end with it.</summary>
    public void Dispose() => _channel.Dispose();

    private static SnapshotRef Snapshot(BackupQuestion question) => new() { Namespace = question.Namespace, Name = question.Snapshot };

    private static Base? From(BackupQuestion question) => question.Base is { } id ? new Base { ChangeId = id.ToString() } : null;

    private static IEnumerable<Method> Fallback(BackupQuestion question) => question.Fallback.Select(method => (Method)(int)method);

    private async Task<AnswerReader> OpenAsync(BackupQuestion question, Func<long, CallOptions, AnswerCall> open, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(question.StartingOffset, nameof(question));
        ArgumentOutOfRangeException.ThrowIfNegative(question.EndingOffset, nameof(question));
        var reader = new AnswerReader(_options, question, open);
        try
        {
            await reader.OpenAsync(cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, string what, CancellationToken cancellationToken)
    {
        var patience = new CallPatience(_options, what);
        while (true)
        {
            try
            {
                using AsyncUnaryCall<T> running = call(await patience.NextAsync(cancellationToken, cancellationToken).ConfigureAwait(false));
                return await running.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException error)
            {
                await patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private SnapshotPoint Understand(Point point, string objectNamespace) =>
        point.Snapshot is { Name.Length: > 0 } reference && reference.Namespace == objectNamespace && VolumeId.TryParse(point.VolumeId, null, out VolumeId volume)
        && point.CapacityBytes <= long.MaxValue
            ? new SnapshotPoint(reference.Name, volume, (long)point.CapacityBytes)
            {
                ChangeId = ChangeId.TryParse(point.ChangeId, null, out ChangeId id) ? id : null,
                Created = point.Created is { } created ? new Timestamp(created.Seconds, created.Nanos) : default,
                IsReady = point.Ready,
                Group = point.Group,
            }
            : throw BackupErrors.Broken(_options.Name, objectNamespace, "a list names a snapshot that cannot be one of it");
}
