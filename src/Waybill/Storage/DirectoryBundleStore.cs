using System.Runtime.CompilerServices;
using Waybill.Bundles;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>Keeps bundles as files in one directory.</summary>
public sealed class DirectoryBundleStore : IBundleStore
{
    private readonly string _directory;

    /// <summary>Uses a directory, and makes it if it is missing.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="durable">Whether a bundle is on the disk before it gets its name.</param>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetWriteFailed"/>: it cannot be made.</exception>
    public DirectoryBundleStore(string directory, bool durable = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _directory = Path.GetFullPath(directory);
        IsDurable = durable;
        try
        {
            Directory.CreateDirectory(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, _directory, $"The store's directory cannot be made: {e.Message}", e) { ObjectName = _directory };
        }
    }

    /// <inheritdoc/>
    public string Name => _directory;

    /// <summary>Gets whether a bundle is on the disk before it gets its name.</summary>
    public bool IsDurable { get; }

    /// <summary>Gets the file a bundle has in the directory.</summary>
    /// <param name="name">Its name in the store.</param>
    /// <returns>The full path.</returns>
    public string GetPath(string name) => Path.Combine(_directory, StoreNames.Check(name));

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBundle> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (StoredBundle bundle in ListBundles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return bundle;
        }

        // A list that ends early but cleanly would be taken for the whole.
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public ValueTask<ByteSource> OpenReadAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<ByteSource>(FileByteSource.Open(GetPath(name)));
    }

    /// <inheritdoc/>
    public ValueTask<StoreUpload> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<StoreUpload>(new FileUpload(AtomicOutput.Create(GetPath(name), IsDurable), name));
    }

    /// <inheritdoc/>
    public ValueTask<ByteSource?> OpenUnfinishedAsync(string name, CancellationToken cancellationToken = default)
    {
        // A new upload gets a name of its own, so that what is there already can stay where it is. What was written longest got furthest.
        cancellationToken.ThrowIfCancellationRequested();
        FileInfo? largest = AtomicOutput.FindUnpublished(GetPath(name)).Select(path => new FileInfo(path)).Where(file => file.Exists).MaxBy(file => file.Length);
        return new ValueTask<ByteSource?>(largest is null ? null : FileByteSource.Open(largest.FullName));
    }

    /// <inheritdoc/>
    public ValueTask DiscardUnfinishedAsync(string name, CancellationToken cancellationToken = default)
    {
        foreach (string path in AtomicOutput.FindUnpublished(GetPath(name)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Delete(path);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        string path = GetPath(name);
        bool exists = File.Exists(path);
        if (exists)
        {
            Delete(path);
        }

        return new ValueTask<bool>(exists);
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, _directory, $"The file cannot be removed: {e.Message}", e) { ObjectName = path };
        }
    }

    private List<StoredBundle> ListBundles()
    {
        var options = new EnumerationOptions { MatchType = MatchType.Simple, IgnoreInaccessible = false };
        try
        {
            // All of it here: the directory is read while one enumerates, and only here do its errors become those of a store.
            return [.. new DirectoryInfo(_directory).EnumerateFiles($"*{StoreNames.Extension}", options)
                .Where(file => StoreNames.IsValid(file.Name))
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => new StoredBundle(file.Name, file.Length))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, _directory, $"The store's directory cannot be listed: {e.Message}", e) { ObjectName = _directory };
        }
    }

    private sealed class FileUpload(AtomicOutput output, string name) : StoreUpload
    {
        public override Stream Body => output.Stream;

        public override async ValueTask<ByteSource?> OpenWrittenAsync(CancellationToken cancellationToken = default) =>
            await output.ReadBackAsync(cancellationToken).ConfigureAwait(false);

        public override async ValueTask<StoredBundle> CommitAsync(CancellationToken cancellationToken = default)
        {
            long length = output.Stream.Position;
            await output.PublishAsync(cancellationToken).ConfigureAwait(false);
            return new StoredBundle(name, length);
        }

        public override ValueTask DisposeAsync()
        {
            output.KeepsUnpublished = KeepsUnfinished;
            return output.DisposeAsync();
        }
    }
}
