using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Samples.QemuNbd;

/// <summary>The qemu-storage-daemon that has a volume open for writing, started here or found running.</summary>
internal sealed class LiveDaemon : IAsyncDisposable
{
    public const string ExportName = "volume";

    private readonly ServerProcess? _process;
    private readonly VolumeFolder _folder;

    private LiveDaemon(VolumeFolder folder, ServerProcess? process)
    {
        _folder = folder;
        _process = process;
    }

    /// <summary>Gets whether somebody else started it, and writes to the volume.</summary>
    public bool IsForeign => _process is null;

    public string Socket => _folder.LiveSocket;

    /// <summary>Gets or sets how many use it here.</summary>
    public int Users { get; set; }

    /// <summary>Gets or sets whether one of them writes.</summary>
    public bool HasWriter { get; set; }

    /// <summary>Gets the number of the daemon's process.</summary>
    public Task<int> GetPidAsync() => _process!.GetPidAsync();

    /// <summary>Finds the daemon of a volume, or starts one.</summary>
    public static async Task<LiveDaemon> OpenAsync(VolumeFolder folder, IReadOnlyList<string> command, string pidFile, CancellationToken cancellationToken)
    {
        using (QmpClient? found = await QmpClient.TryConnectAsync(folder.MonitorSocket, cancellationToken).ConfigureAwait(false))
        {
            if (found is not null)
            {
                return new LiveDaemon(folder, null);
            }
        }

        int active = folder.Layers[^1];

        // The image comes first: a daemon that does not get its lock must not take over the sockets of the one that holds it.
        string[] arguments =
        [
            .. command,
            "--blockdev", Node(active, folder.LayerPath(active)).ToJsonString(),
            "--nbd-server", new JsonObject { ["addr"] = Address(folder.LiveSocket), ["max-connections"] = 16 }.ToJsonString(),
            "--export", new JsonObject { ["type"] = "nbd", ["id"] = ExportName, ["name"] = ExportName, ["node-name"] = NodeName(active), ["writable"] = true }.ToJsonString(),
            "--chardev", $"socket,id=monitor,path={Escape(folder.MonitorSocket)},server=on,wait=off",
            "--monitor", "chardev=monitor",
            "--pidfile", pidFile,
        ];
        return new LiveDaemon(folder, await ServerProcess.StartAsync(arguments, pidFile, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Asks which layer is written to.</summary>
    public async Task<int> GetActiveLayerAsync(CancellationToken cancellationToken)
    {
        using QmpClient monitor = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        JsonElement exports = await monitor.ExecuteAsync("query-block-exports", null, cancellationToken).ConfigureAwait(false);
        string node = exports.EnumerateArray().Single(one => one.GetProperty("id").GetString() == ExportName).GetProperty("node-name").GetString()!;
        return int.Parse(node.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>Puts an empty layer on top: what was written before is below it, what is written from now on goes to it. Nothing is in between.</summary>
    public async Task PutOnTopAsync(int below, int layer, CancellationToken cancellationToken)
    {
        using QmpClient monitor = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        JsonObject node = Node(layer, _folder.LayerPath(layer));
        node["backing"] = null;
        await monitor.ExecuteAsync("blockdev-add", node, cancellationToken).ConfigureAwait(false);
        await monitor.ExecuteAsync("blockdev-snapshot", new JsonObject { ["node"] = NodeName(below), ["overlay"] = NodeName(layer) }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of a layer that was not put on top after all.</summary>
    public async Task ForgetAsync(int layer, CancellationToken cancellationToken)
    {
        using QmpClient monitor = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await monitor.ExecuteAsync("blockdev-del", new JsonObject { ["node-name"] = NodeName(layer) }, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (!e.IsTransient)
        {
            // It never got that far.
        }
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<QmpClient> ConnectAsync(CancellationToken cancellationToken) =>
        await QmpClient.TryConnectAsync(_folder.MonitorSocket, cancellationToken).ConfigureAwait(false)
            ?? throw NbdFailure.Lost($"the storage daemon of '{_folder.Id}' is gone");

    private static string NodeName(int layer) => string.Create(CultureInfo.InvariantCulture, $"l{layer}");

    private static JsonObject Node(int layer, string path) => new()
    {
        ["driver"] = "qcow2",
        ["node-name"] = NodeName(layer),
        ["discard"] = "unmap",
        ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = path },
    };

    private static JsonObject Address(string path) => new() { ["type"] = "unix", ["path"] = path };

    // QEMU's own syntax of options ends one at a comma.
    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);
}
