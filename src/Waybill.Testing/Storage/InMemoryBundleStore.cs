using System.Runtime.CompilerServices;
using Waybill.Storage;

namespace Waybill.Testing;

/// <summary>A store of bundles in memory, which can be made to lose its process in the middle of an upload.</summary>
/// <param name="name">Its name for messages.</param>
public sealed class InMemoryBundleStore(string name = "memory") : IBundleStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, byte[]> _committed = new(StringComparer.Ordinal);
    private readonly List<InMemoryUpload> _unfinished = [];

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <summary>Gets the names of bundles whose upload began and did not end, each once, in ordinal order.</summary>
    public IReadOnlyList<string> Unfinished
    {
        get
        {
            lock (_gate)
            {
                return [.. _unfinished.Select(upload => upload.Name).Distinct().Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>
    /// Has every running upload end as if its process had been killed: what was written stays as an unfinished bundle, and committing fails.
    /// </summary>
    public void AbandonUploads()
    {
        lock (_gate)
        {
            foreach (InMemoryUpload upload in _unfinished)
            {
                upload.IsAbandoned = true;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBundle> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        StoredBundle[] bundles;
        lock (_gate)
        {
            bundles = [.. _committed.Select(bundle => new StoredBundle(bundle.Key, bundle.Value.Length))];
        }

        foreach (StoredBundle bundle in bundles)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return bundle;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public ValueTask<ByteSource> OpenReadAsync(string name, CancellationToken cancellationToken = default)
    {
        Check(name, cancellationToken);
        lock (_gate)
        {
            return _committed.TryGetValue(name, out byte[]? bytes)
                ? ValueTask.FromResult<ByteSource>(new InMemoryByteSource(name, bytes))
                : throw new WaybillException(WaybillErrorCode.SourceReadFailed, "There is no such bundle.") { ObjectName = name };
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreUpload> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        Check(name, cancellationToken);
        lock (_gate)
        {
            ThrowIfExists(name);
            var upload = new InMemoryUpload(this, name);
            _unfinished.Add(upload);
            return ValueTask.FromResult<StoreUpload>(upload);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ByteSource?> OpenUnfinishedAsync(string name, CancellationToken cancellationToken = default)
    {
        Check(name, cancellationToken);
        lock (_gate)
        {
            byte[]? longest = _unfinished.Where(upload => upload.Name == name).Select(upload => upload.ToArray()).MaxBy(bytes => bytes.Length);
            return ValueTask.FromResult<ByteSource?>(longest is null ? null : new InMemoryByteSource(name, longest));
        }
    }

    /// <inheritdoc/>
    public ValueTask DiscardUnfinishedAsync(string name, CancellationToken cancellationToken = default)
    {
        Check(name, cancellationToken);
        lock (_gate)
        {
            foreach (InMemoryUpload upload in _unfinished.Where(upload => upload.Name == name))
            {
                upload.IsAbandoned = true;
            }

            _unfinished.RemoveAll(upload => upload.Name == name);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        Check(name, cancellationToken);
        lock (_gate)
        {
            return ValueTask.FromResult(_committed.Remove(name));
        }
    }

    internal StoredBundle Commit(InMemoryUpload upload)
    {
        lock (_gate)
        {
            ThrowIfExists(upload.Name);
            if (upload.IsAbandoned || !_unfinished.Remove(upload))
            {
                throw new WaybillException(WaybillErrorCode.TargetWriteFailed, "The upload was abandoned.") { ObjectName = upload.Name };
            }

            byte[] bytes = upload.ToArray();
            _committed.Add(upload.Name, bytes);
            return new StoredBundle(upload.Name, bytes.Length);
        }
    }

    internal void End(InMemoryUpload upload)
    {
        lock (_gate)
        {
            // Abandoned: a killed process removes nothing.
            if (!upload.IsAbandoned)
            {
                _unfinished.Remove(upload);
            }
        }
    }

    private static void Check(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > 200 || name[0] == '.' || !name.EndsWith(".waybill", StringComparison.Ordinal)
            || name.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')))
        {
            throw new ArgumentException($"'{name}' is not a name of a bundle.", nameof(name));
        }
    }

    private void ThrowIfExists(string bundle)
    {
        if (_committed.ContainsKey(bundle))
        {
            throw new WaybillException(WaybillErrorCode.TargetExists, "There is a bundle of that name.") { ObjectName = bundle };
        }
    }
}
