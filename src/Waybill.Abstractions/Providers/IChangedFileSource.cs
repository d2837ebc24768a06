namespace Waybill.Providers;

/// <summary>Says which files of a tree changed.</summary>
public interface IChangedFileSource
{
    /// <summary>Lists the files that may have changed from a base to a target, those that are gone included.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="baseId">The base, from <see cref="SnapshotDescriptor.ChangeId"/>.</param>
    /// <param name="target">The snapshot.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>The files, in the order of their paths, each once; nothing that changed may be missing.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.ChangeTrackingLost"/> if changes since that base are not known: walk the tree instead.
    /// </exception>
    IAsyncEnumerable<ChangedFile> GetChangedFilesAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default);
}
