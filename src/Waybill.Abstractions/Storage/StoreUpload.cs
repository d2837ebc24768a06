namespace Waybill.Storage;

/// <summary>A bundle that is being written to a store.</summary>
public abstract class StoreUpload : IAsyncDisposable
{
    /// <summary>Gets what the bundle is written to, forward only; owned by the upload.</summary>
    public abstract Stream Body { get; }

    /// <summary>Gets or sets whether what was written stays when the upload ends without a commit, for <see cref="IBundleStore.OpenUnfinishedAsync"/>.</summary>
    /// <value>The default is false. What a process leaves that is killed stays in any case.</value>
    public bool KeepsUnfinished { get; set; }

    /// <summary>Opens what was written so far for reading, to verify it before it is committed.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was written; the caller disposes it. <see langword="null"/> if the store cannot read it before the commit.</returns>
    public abstract ValueTask<ByteSource?> OpenWrittenAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes the bundle durable and gives it its name.</summary>
    /// <param name="cancellationToken">Is not observed once the commit began.</param>
    /// <returns>The bundle.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetExists"/>, <see cref="WaybillErrorCode.TargetWriteFailed"/>.</exception>
    public abstract ValueTask<StoredBundle> CommitAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends the upload. What was not committed is removed, unless <see cref="KeepsUnfinished"/>.</summary>
    /// <returns>A task that completes when that is done. Never throws.</returns>
    public abstract ValueTask DisposeAsync();
}
