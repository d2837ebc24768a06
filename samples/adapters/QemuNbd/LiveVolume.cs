namespace Waybill.Samples.QemuNbd;

/// <summary>A volume that is served for reading and writing.</summary>
public sealed class LiveVolume : IAsyncDisposable
{
    private readonly LiveDaemon _daemon;
    private readonly Func<ValueTask> _releaseAsync;
    private int _disposed;

    internal LiveVolume(LiveDaemon daemon, Func<ValueTask> releaseAsync)
    {
        _daemon = daemon;
        _releaseAsync = releaseAsync;
    }

    /// <summary>Gets the unix socket of the NBD server.</summary>
    public string Socket => _daemon.Socket;

    /// <summary>Gets the name of the export.</summary>
    public string ExportName { get; } = LiveDaemon.ExportName;

    /// <summary>Gets the number of the server's process.</summary>
    internal Task<int> GetPidAsync() => _daemon.GetPidAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _releaseAsync() : ValueTask.CompletedTask;
}
