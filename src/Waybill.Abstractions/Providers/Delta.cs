namespace Waybill.Providers;

/// <summary>The changes of a volume from a base to a target, in the shape the platform delivers them.</summary>
/// <remarks>
/// Whatever the shape, ranges MUST ascend, be disjoint and non-empty and lie inside the target; nothing that changed may be missing,
/// what did not change may be included. Zeros and ranges that were given back MUST be included where they were something else before.
/// A delta ends without an error only if it is complete. Whoever is given one disposes it.
/// </remarks>
public abstract class Delta : IAsyncDisposable
{
    private protected Delta()
    {
    }

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
