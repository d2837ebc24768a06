namespace Waybill.Samples.FileShare;

/// <summary>Reads a share; knows nothing of leave and audit. Allows concurrent calls.</summary>
internal interface IShareReader : IAsyncDisposable
{
    /// <summary>Gets what this way of reading never shows, for people; empty if it shows everything.</summary>
    string Blindness { get; }

    /// <summary>Looks at one path without opening anything of it.</summary>
    ValueTask<ShareItem> FindAsync(FilePath path, CancellationToken cancellationToken);

    /// <summary>Lists a directory, in any order.</summary>
    ValueTask<IReadOnlyList<ShareItem>> ListAsync(FilePath directory, CancellationToken cancellationToken);

    /// <summary>Adds owner, permissions and attributes to what a listing shows; what cannot be had becomes a gap.</summary>
    ValueTask<FileTreeEntry> DescribeAsync(FileTreeEntry entry, CancellationToken cancellationToken);

    /// <summary>Opens a file.</summary>
    ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken);
}
