namespace Waybill.Providers;

/// <summary>Changes with their content, one after the other, once.</summary>
public abstract class StreamDelta : Delta
{
    /// <summary>Reads the changes. May be called once.</summary>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>The changes; ends without an error only where the platform marked the end.</returns>
    public abstract IAsyncEnumerable<VolumeChange> ReadAsync(CancellationToken cancellationToken = default);
}
