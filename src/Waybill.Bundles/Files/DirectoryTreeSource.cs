using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>A local directory tree on Linux with all its metadata.</summary>
/// <remarks>
/// Names are taken as bytes. No symbolic link inside the tree is ever followed, paths may be longer than the system takes in one call, and reading
/// leaves access times alone where the system allows that. What cannot be read becomes a gap; only the root directory itself must be readable.
/// Listing and reading happen on the calling thread.
/// </remarks>
public sealed class DirectoryTreeSource : FileTreeSource
{
    private readonly SafeFileHandle _root;
    private readonly DirectoryTreeSourceOptions _options;

    // One for each call under way: calls near each other in the tree share open directories.
    private readonly ConcurrentBag<DirectoryChain> _idleChains = [];
    private volatile bool _disposed;

    private DirectoryTreeSource(SafeFileHandle root, string path, DirectoryTreeSourceOptions options)
    {
        _root = root;
        Path = path;
        _options = options;
    }

    /// <summary>Gets the name of the root directory as it was given.</summary>
    public string Path { get; }

    /// <summary>Opens a directory tree.</summary>
    /// <param name="path">Its root; a symbolic link to a directory is followed here, and only here.</param>
    /// <param name="options">How to list it.</param>
    /// <returns>The source; the caller disposes it.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.SourceReadFailed"/>: there is no such directory, or it may not be read. <see cref="WaybillErrorCode.PlatformUnsupported"/>: this is not Linux.
    /// </exception>
    public static DirectoryTreeSource Open(string path, DirectoryTreeSourceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RequireLinux();
        SafeFileHandle root = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNonBlocking);
        return root.IsInvalid
            ? throw Errno.ToSourceError(Errno.Last, path)
            : new DirectoryTreeSource(root, path, options ?? new DirectoryTreeSourceOptions());
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<FileTreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await Task.CompletedTask.ConfigureAwait(false);
        using var walker = new DirectoryWalker(_root, _options.CrossFileSystems);
        while (walker.ReadNext(Path) is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FileContent>(cancellationToken);
        }

        if (!_idleChains.TryTake(out DirectoryChain? chain))
        {
            chain = new DirectoryChain(_root);
        }

        try
        {
            return chain.TryEnter(entry.Path.Parent, out SafeFileHandle directory) && TryOpen(directory, entry.Path.Name, out SafeFileHandle file)
                ? ValueTask.FromResult<FileContent>(new LocalFileContent(file, entry))
                : ValueTask.FromException<FileContent>(Errno.ToSourceError(Errno.Last, entry.Path.ToString()));
        }
        finally
        {
            _idleChains.Add(chain);
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        while (_idleChains.TryTake(out DirectoryChain? chain))
        {
            chain.Dispose();
        }

        _root.Dispose();
        return base.DisposeAsync();
    }

    internal static void RequireLinux()
    {
        if (!Libc.IsSupported)
        {
            throw new ProviderException(WaybillErrorCode.PlatformUnsupported, "file", "Directory trees can be read and restored on 64-bit Linux only")
            {
                Hint = "Run this on Linux, or in a Linux container.",
            };
        }
    }

    private static bool TryOpen(SafeFileHandle directory, ReadOnlySpan<byte> name, out SafeFileHandle file)
    {
        // Not to be led elsewhere by a link, and not to wait on a pipe, that may have taken the file's place.
        int flags = Libc.OpenReadOnly | Libc.OpenNoFollow | Libc.OpenNonBlocking | Libc.OpenNoTerminal;
        file = Libc.OpenAt(directory, name, flags | Libc.OpenNoAccessTime);
        if (file.IsInvalid && Errno.Last == Errno.NotPermitted)
        {
            file = Libc.OpenAt(directory, name, flags);
        }

        return !file.IsInvalid;
    }
}
