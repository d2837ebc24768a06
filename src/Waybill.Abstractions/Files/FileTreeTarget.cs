namespace Waybill;

/// <summary>Receives a tree of files when it is restored. For one caller at a time.</summary>
/// <remarks>
/// An implementation MUST NOT write through a symbolic link or outside its root whatever the entries say, and MUST report in <see cref="Problems"/>
/// whatever it could not restore as it was. The order of calls: <see cref="BeginAsync"/> for each entry in the order of <see cref="FilePath"/>, for a regular
/// file then <see cref="WriteAsync"/> for its content if asked for or <see cref="DiscardAsync"/> if there is no more of it, and at the end
/// <see cref="CompleteAsync"/>.
/// </remarks>
public abstract class FileTreeTarget : IAsyncDisposable
{
    /// <summary>Gets what could not be restored so far.</summary>
    public abstract IReadOnlyList<FileRestoreProblem> Problems { get; }

    /// <summary>Makes what an entry describes, and finishes the one before.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Whether its content is wanted: only for a regular file that is not a further name of one restored already.</returns>
    public abstract ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Writes content of the file begun last.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="content">The bytes; borrowed until the returned task completes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the bytes were handed over.</returns>
    public abstract ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes back the file begun last, whose content cannot be had whole: nothing MUST be left under its name. A further name of the file is then asked
    /// for anew.
    /// </summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the file is gone.</returns>
    public abstract ValueTask DiscardAsync(CancellationToken cancellationToken = default);

    /// <summary>Finishes everything and makes it durable.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when a power cut would lose nothing.</returns>
    public abstract ValueTask CompleteAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
