namespace Waybill.Providers;

/// <summary>Takes changes from a platform that sends them (<see cref="PushDelta"/>).</summary>
public interface IChangeSink
{
    /// <summary>Takes a change. Waits while the receiver is busy, so that a fast platform needs no memory.</summary>
    /// <param name="change">The change; its content is borrowed until the returned task completes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the change was taken.</returns>
    ValueTask WriteAsync(VolumeChange change, CancellationToken cancellationToken = default);
}
