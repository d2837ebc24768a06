using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Waybill.Samples.MinimalDriver;

/// <summary>A volume or a snapshot: a directory that appears as a whole, with its data and what it was asked for with.</summary>
internal sealed record Entry(string Id, string Data, string Name, string Request, string Volume, DateTimeOffset Created)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public long Length => new FileInfo(Data).Length;
}

/// <summary>The storage platform. It locks nothing: the driver sees to it that calls for one name or id never overlap.</summary>
internal sealed class DirectoryPlatform(string root) : IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IChangeSource
{
    private const string Volumes = "volumes";
    private const string Snapshots = "snapshots";

    public string Name => "minimal";

    public string DataOf(VolumeId volume) => Path.Combine(root, Volumes, volume.ToString(), "data");

    public Entry Require(VolumeId volume) => Find(Volumes, volume.ToString()) ?? throw Failure(WaybillErrorCode.VolumeNotFound, $"There is no volume '{volume}'");

    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => ListAsync(Volumes, Volume, cancellationToken);

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Find(Volumes, volume.ToString()) is { } found ? Volume(found) : null);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) => new(new VolumeCapabilities
    {
        Shape = ChangeShape.ListAndRead, Granularity = Require(volume).Id.Length > 0 ? Comparison.Unit : 0, Exactness = ChangeExactness.Exact,
        ChangeIdKind = ChangeIdKind.Snapshot, BaseMustExist = true, AnyBase = true, ReportsAllocated = true, Snapshots = true, Grows = true,
    });

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => new(FileBlockReader.Open(Require(source).Data));

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => new(FileBlockWriter.OpenExisting(Require(volume).Data));

    public async ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        string asked = $"{request.Length} {request.Kind} {request.Source} {request.StorageClass} {string.Join(' ', request.Parameters)}";
        string? source = request.Source is { } from ? Require(from).Data : null;
        return Volume(await MakeAsync(Volumes, request.Name, asked, "", source, request.Length, WaybillErrorCode.VolumeConflict, cancellationToken));
    }

    public ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => Remove(Volumes, volume.ToString());

    public ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        using FileStream data = new(Require(volume).Data, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        data.SetLength(Math.Max(length, data.Length));
        return ValueTask.FromResult(Volume(Require(volume)));
    }

    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        Entry of = Require(volume);
        return Snapshot(await MakeAsync(Snapshots, name, of.Id, of.Id, of.Data, of.Length, WaybillErrorCode.SnapshotConflict, cancellationToken));
    }

    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Find(Snapshots, snapshot.ToString()) is { } found ? Snapshot(found) : null);

    public IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, CancellationToken cancellationToken = default) =>
        ListAsync(Snapshots, entry => volume is null || entry.Volume == volume.ToString() ? Snapshot(entry) : null, cancellationToken);

    public ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) => Remove(Snapshots, snapshot.ToString());

    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using FileBlockReader reader = FileBlockReader.Open(Require(new VolumeSource(volume, snapshot)).Data);
        await foreach (ByteRange range in reader.GetDataRangesAsync(cancellationToken).Where(range => range.End > startingOffset))
        {
            yield return range;
        }
    }

    public ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        Entry after = Require(new VolumeSource(volume, target));
        return ValueTask.FromResult<DiffResult>(Find(Snapshots, baseId.ToString()) switch
        {
            null => new DiffResult.UseAllocated("The base snapshot is gone."),
            { } before when before.Volume != after.Volume => new DiffResult.Fatal("The base is a snapshot of another volume."),
            { } before => new DiffResult.Known(new Comparison(before.Data, after.Data)),
        });
    }

    // Made aside and moved into place, so that what a killed process leaves is never taken for finished.
    private async Task<Entry> MakeAsync(
        string kind, string name, string request, string volume, string? source, long length, WaybillErrorCode conflict, CancellationToken cancellationToken)
    {
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32];
        if (Find(kind, id) is { } known)
        {
            return known.Request == request ? known : throw Failure(conflict, $"'{name}' was asked for differently");
        }

        DirectoryInfo aside = Directory.CreateDirectory(Path.Combine(root, "unfinished", id));
        aside.Delete(recursive: true);
        aside.Create();
        string data = Path.Combine(aside.FullName, "data");
        if (source is not null)
        {
            await Tool.RunAsync("cp", ["--reflink=auto", "--sparse=always", "--", source, data], cancellationToken);
        }

        await using (FileStream file = new(data, FileMode.OpenOrCreate))
        {
            file.SetLength(Math.Max(length, file.Length));
        }

        string place = Path.Combine(Directory.CreateDirectory(Path.Combine(root, kind)).FullName, id);
        Entry entry = new(id, Path.Combine(place, "data"), name, request, volume, TimeProvider.System.GetUtcNow());
        await File.WriteAllTextAsync(Path.Combine(aside.FullName, "about"), JsonSerializer.Serialize(entry), cancellationToken);
        aside.MoveTo(place);
        return entry;
    }

    private ValueTask Remove(string kind, string id)
    {
        if (Find(kind, id) is { } entry)
        {
            string aside = Path.Combine(Directory.CreateDirectory(Path.Combine(root, "unfinished")).FullName, Path.GetRandomFileName());
            Directory.Move(Path.GetDirectoryName(entry.Data)!, aside);
            Directory.Delete(aside, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private async IAsyncEnumerable<T> ListAsync<T>(string kind, Func<Entry, T?> describe, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        foreach (DirectoryInfo directory in Directory.CreateDirectory(Path.Combine(root, kind)).GetDirectories())
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (Find(kind, directory.Name) is { } entry && describe(entry) is { } described)
            {
                yield return described;
            }
        }
    }

    private Entry? Find(string kind, string id) => id.All(char.IsAsciiHexDigitLower) && Path.Combine(root, kind, id, "about") is var about && File.Exists(about)
        ? JsonSerializer.Deserialize<Entry>(File.ReadAllText(about)) : null;

    private Entry Require(VolumeSource source) => source.Snapshot is not { } snapshot ? Require(source.Volume)
        : Find(Snapshots, snapshot.ToString()) ?? throw Failure(WaybillErrorCode.SnapshotNotFound, $"There is no snapshot '{snapshot}'");

    private ProviderException Failure(WaybillErrorCode code, string message) => new(code, Name, message);

    private static VolumeDescriptor Volume(Entry of) => new(new VolumeId(of.Id), of.Name, of.Length) { Created = Timestamp.From(of.Created) };

    private static SnapshotDescriptor Snapshot(Entry of) => new(new SnapshotId(of.Id), new VolumeId(of.Volume), of.Name, Timestamp.From(of.Created), of.Length) { ChangeId = new(of.Id) };
}
