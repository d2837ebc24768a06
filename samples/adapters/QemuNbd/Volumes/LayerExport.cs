namespace Waybill.Samples.QemuNbd;

/// <summary>A frozen layer, served for reading by a qemu-nbd of its own.</summary>
internal sealed class LayerExport : IAsyncDisposable
{
    private readonly ServerProcess _process;
    private readonly string _directory;

    private LayerExport(ServerProcess process, string directory, string socket)
    {
        _process = process;
        _directory = directory;
        Socket = socket;
    }

    public string Socket { get; }

    public ServerProcess Process => _process;

    /// <summary>Serves an image.</summary>
    /// <param name="command">How qemu-nbd is called.</param>
    /// <param name="path">The image.</param>
    /// <param name="bitmap">The bitmap that can be asked for; empty for none.</param>
    /// <param name="directory">A directory for the socket, which the export removes in the end.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<LayerExport> OpenAsync(
        IReadOnlyList<string> command, string path, string bitmap, string directory, CancellationToken cancellationToken)
    {
        string socket = Path.Combine(directory, "nbd.sock");
        string pidFile = Path.Combine(directory, "nbd.pid");
        string[] arguments =
        [
            .. command,
            "--read-only", "--persistent", "--shared=16", "--format=qcow2", $"--socket={socket}", $"--pid-file={pidFile}",
            .. (IEnumerable<string>)(bitmap.Length > 0 ? [$"--bitmap={bitmap}"] : []),
            path,
        ];
        return new LayerExport(await ServerProcess.StartAsync(arguments, pidFile, cancellationToken).ConfigureAwait(false), directory, socket);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(_directory, recursive: true);
    }
}
