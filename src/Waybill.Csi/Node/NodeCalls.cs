namespace Waybill.Csi;

/// <summary>Lets one call at a time work on a volume and on a path.</summary>
internal sealed class NodeCalls
{
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);

    /// <summary>Begins a call.</summary>
    /// <param name="volume">The volume it works on.</param>
    /// <param name="path">The path it works on, in its one form; <see langword="null"/> for none.</param>
    /// <returns>Ends it when disposed.</returns>
    /// <exception cref="Grpc.Core.RpcException">ABORTED: another call works on one of them.</exception>
    public IDisposable Begin(VolumeId volume, string? path)
    {
        string[] keys = path is null ? ["volume " + volume] : ["volume " + volume, "path " + path];
        lock (_busy)
        {
            if (keys.Any(_busy.Contains))
            {
                throw NodeErrors.Pending($"Another call works on volume {volume} or its path.");
            }

            _busy.UnionWith(keys);
        }

        return new Call(this, keys);
    }

    private sealed class Call(NodeCalls owner, string[] keys) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._busy)
            {
                owner._busy.ExceptWith(keys);
            }
        }
    }
}
