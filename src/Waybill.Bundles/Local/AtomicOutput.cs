namespace Waybill.Bundles;

/// <summary>Writes a new local file that appears under its name whole and durable, or not at all.</summary>
/// <remarks>
/// Until <see cref="PublishAsync"/> the content lies beside its place under a name that ends in <c>.waybill-partial</c>, readable by its owner only;
/// disposing without publishing removes it. After a crash such a file may remain; <see cref="FindUnpublished"/> finds it, and it can be deleted. An existing file is never replaced.
/// </remarks>
public sealed class AtomicOutput : IAsyncDisposable
{
    private readonly UnpublishedFile _file;
    private readonly SequentialFileStream _stream;

    private AtomicOutput(UnpublishedFile file, bool durable)
    {
        _file = file;
        _stream = new SequentialFileStream(file.File, file.Path, durable);
    }

    /// <summary>Gets the full name the file will have.</summary>
    public string Path => _file.Path;

    /// <summary>Gets the full name the content has until it is published.</summary>
    public string TemporaryPath => _file.TemporaryPath;

    /// <summary>Gets or sets whether the content stays under its temporary name when it is not published, so that work can go on from it.</summary>
    /// <value>The default is false.</value>
    public bool KeepsUnpublished
    {
        get => _file.KeepsUnpublished;
        set => _file.KeepsUnpublished = value;
    }

    /// <summary>Gets where the content is written, front to back; it belongs to this object, and disposing it does nothing.</summary>
    /// <value>A stream that reports failures as <see cref="ProviderException"/> with the file's name.</value>
    public Stream Stream => _stream;

    /// <summary>Starts a new file.</summary>
    /// <param name="path">The name it will have, in a directory that exists.</param>
    /// <param name="durable">Whether it is on the disk before it gets its name; false leaves that to the system, and a power cut can lose it.</param>
    /// <returns>The output; the caller disposes it.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.TargetExists"/>: there is something by that name. <see cref="WaybillErrorCode.TargetWriteFailed"/>: the directory is missing or may not be written.
    /// </exception>
    public static AtomicOutput Create(string path, bool durable = true) => new(UnpublishedFile.Create(path, durable), durable);

    /// <summary>Lists what earlier attempts at a file left under their temporary names: those of crashed processes, and those still being written.</summary>
    /// <param name="path">The name the file was to have, in a directory that exists.</param>
    /// <returns>The full names, in ordinal order. Names longer than some 225 bytes that differ only behind that have the same leftovers.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: the directory is missing or may not be listed.</exception>
    public static IReadOnlyList<string> FindUnpublished(string path) => UnpublishedFile.Find(path);

    /// <summary>Hands over what was written so far and opens it, so that it can be checked before it gets its name.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The content as it lies in the file; of no use once this object is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The file was published or disposed.</exception>
    public async Task<ByteSource> ReadBackAsync(CancellationToken cancellationToken = default)
    {
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new UnpublishedSource(_file);
    }

    /// <summary>Makes the content durable and gives the file its name; the only thing that publishes.</summary>
    /// <param name="cancellationToken">Ends the call early; once the file got its name the call succeeds.</param>
    /// <returns>A task that completes when the file has its name and, if it is to be durable, a power cut would lose neither content nor name.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetExists"/>: meanwhile there is something by that name; it was left alone.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken = default)
    {
        if (_file.IsPublished)
        {
            return;
        }

        await _stream.CloseAsync(seal: true).ConfigureAwait(false);

        // Making it durable can take minutes for a large file, so it is not done on the caller's thread.
        await Task.Run(_file.Publish, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the file, and removes it unless it was published or is to be kept.</summary>
    /// <returns>A task that completes when both is done.</returns>
    public async ValueTask DisposeAsync()
    {
        await _stream.CloseAsync(seal: false).ConfigureAwait(false);
        _file.Dispose();
    }
}
