namespace Waybill.Providers;

/// <summary>Changes that the platform sends to us, once.</summary>
public abstract class PushDelta : Delta
{
    /// <summary>Has the platform send the changes. May be called once.</summary>
    /// <param name="sink">Takes them, in order.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when all was sent.</returns>
    public abstract Task PushAsync(IChangeSink sink, CancellationToken cancellationToken = default);
}
