using System.Collections.Concurrent;

namespace Waybill.Csi;

/// <summary>Sees to it that no two calls work on one object at the same time: the second is turned away and comes back.</summary>
internal sealed class ObjectLocks
{
    private readonly ConcurrentDictionary<string, byte> _held = new(StringComparer.Ordinal);

    /// <summary>Begins to work on an object; disposing what is returned ends it.</summary>
    /// <param name="kind">What the name is a name of.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="Grpc.Core.RpcException">ABORTED, if another call works on it.</exception>
    public IDisposable Enter(string kind, string name)
    {
        string key = $"{kind} {name}";
        return _held.TryAdd(key, 0) ? new Held(this, key) : throw CallError.Aborted($"Another call works on {key}; try again when it is done.");
    }

    private sealed class Held(ObjectLocks owner, string key) : IDisposable
    {
        private string? _key = key;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _key, null) is { } held)
            {
                owner._held.TryRemove(held, out _);
            }
        }
    }
}
