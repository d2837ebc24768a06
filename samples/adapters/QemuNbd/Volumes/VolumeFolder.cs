using System.Globalization;
using System.Text.Json;
using Waybill.Providers;

namespace Waybill.Samples.QemuNbd;

/// <summary>The files of one volume.</summary>
/// <remarks>
/// <c>00000001.qcow2</c>, <c>00000002.qcow2</c>, … lie on top of each other. The last is the volume, each below it is the volume as it was when a snapshot
/// was taken and is never written to again; a record <c>00000001.json</c> says of which. A snapshot exists if there is a record of it and a layer above it.
/// </remarks>
internal sealed class VolumeFolder
{
    private const string RecordName = "volume.json";
    private const string LayerExtension = ".qcow2";

    private readonly string _directory;
    private readonly VolumeRecord _record;

    private VolumeFolder(string directory, VolumeRecord record)
    {
        _directory = directory;
        _record = record;
    }

    public VolumeId Id => new(Path.GetFileName(_directory));

    public string Identity => _record.Identity;

    public Timestamp Created => new(_record.Seconds, 0);

    /// <summary>Gets the socket that commands to a running storage daemon go to; known to every process that works with this volume.</summary>
    public string MonitorSocket => Path.Combine(_directory, "qmp.sock");

    /// <summary>Gets the socket that the volume is served at while a storage daemon runs.</summary>
    public string LiveSocket => Path.Combine(_directory, "nbd.sock");

    public string TemporaryLayer => Path.Combine(_directory, "new-layer.tmp");

    /// <summary>Gets the numbers of all layers, ascending.</summary>
    public int[] Layers => Numbers(LayerExtension);

    /// <summary>Makes the folder of a new volume.</summary>
    public static async Task CreateAsync(string directory, QemuImage images, long length, Timestamp now, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        await images.CreateAsync(Path.Combine(directory, $"00000001{LayerExtension}"), length, cancellationToken).ConfigureAwait(false);
        await WriteAsync(Path.Combine(directory, RecordName), new VolumeRecord(Guid.NewGuid().ToString("N"), now.Seconds), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a volume's folder; <see langword="null"/> if there is none.</summary>
    public static async Task<VolumeFolder?> TryOpenAsync(string root, VolumeId volume, CancellationToken cancellationToken)
    {
        string name = volume.ToString();
        if (volume.IsDefault || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
        {
            return null;
        }

        string directory = Path.Combine(root, name);
        return await ReadAsync<VolumeRecord>(Path.Combine(directory, RecordName), cancellationToken).ConfigureAwait(false) is { } record
            ? new VolumeFolder(directory, record)
            : null;
    }

    public string LayerPath(int number) => Path.Combine(_directory, LayerName(number));

    public static string LayerName(int number) => number.ToString("D8", CultureInfo.InvariantCulture) + LayerExtension;

    public Task<SnapshotRecord?> ReadRecordAsync(int number, CancellationToken cancellationToken) =>
        ReadAsync<SnapshotRecord>(RecordPath(number), cancellationToken);

    public Task WriteRecordAsync(int number, SnapshotRecord record, CancellationToken cancellationToken) =>
        WriteAsync(RecordPath(number), record, cancellationToken);

    public void DeleteRecord(int number) => File.Delete(RecordPath(number));

    /// <summary>Reads the records of all moments, those of removed snapshots included, ascending.</summary>
    public async Task<SortedDictionary<int, SnapshotRecord>> ReadRecordsAsync(CancellationToken cancellationToken)
    {
        var records = new SortedDictionary<int, SnapshotRecord>();
        foreach (int number in Numbers(".json"))
        {
            if (await ReadRecordAsync(number, cancellationToken).ConfigureAwait(false) is { } record)
            {
                records.Add(number, record);
            }
        }

        return records;
    }

    /// <summary>Reads the snapshots that exist, each with its layer.</summary>
    public async Task<List<(int Layer, SnapshotDescriptor Snapshot)>> ReadSnapshotsAsync(CancellationToken cancellationToken)
    {
        int active = Layers[^1];
        SortedDictionary<int, SnapshotRecord> records = await ReadRecordsAsync(cancellationToken).ConfigureAwait(false);
        return [.. records.Where(one => one.Key < active && !one.Value.IsDeleted).Select(one => (one.Key, Describe(one.Value)))];
    }

    public SnapshotDescriptor Describe(SnapshotRecord record) =>
        new(new SnapshotId(record.Id), Id, record.Name, new Timestamp(record.Seconds, record.Nanoseconds), record.Length) { ChangeId = new ChangeId(record.Checkpoint) };

    private string RecordPath(int number) => Path.Combine(_directory, number.ToString("D8", CultureInfo.InvariantCulture) + ".json");

    private int[] Numbers(string extension) =>
    [
        .. Directory.EnumerateFiles(_directory, "*" + extension)
            .Select(path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
            .Where(number => number > 0)
            .Order(),
    ];

    private static async Task<T?> ReadAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, NbdFailure.Provider, $"'{path}' cannot be understood", e);
        }
    }

    private static async Task WriteAsync<T>(string path, T record, CancellationToken cancellationToken)
    {
        // A record is there as a whole or not at all.
        string temporary = path + ".tmp";
        await File.WriteAllBytesAsync(temporary, JsonSerializer.SerializeToUtf8Bytes(record), cancellationToken).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }
}
