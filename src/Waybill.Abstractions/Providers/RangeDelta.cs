namespace Waybill.Providers;

/// <summary>A list of changed ranges; their content is read apart.</summary>
public abstract class RangeDelta : Delta
{
    /// <summary>Gets whether <see cref="Reader"/> holds the listed ranges only, as a delta volume or a reader with tokens does.</summary>
    public virtual bool ReaderHoldsListedOnly => false;

    /// <summary>
    /// Gets what the content is read from, owned by the delta; <see langword="null"/> if it is read from the target as any snapshot is.
    /// A reader whose tokens ran out fails with <see cref="WaybillErrorCode.ChangeListExpired"/>; listing again from there makes it usable again.
    /// </summary>
    public virtual BlockReader? Reader => null;

    /// <summary>Lists the ranges from an offset on. May be called again, to go on after a failure.</summary>
    /// <param name="startingOffset">
    /// No range ends at or before it. The first may begin before it, if it goes on behind it.
    /// </param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>The ranges.</returns>
    public abstract IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, CancellationToken cancellationToken = default);
}
