namespace Waybill.Local;

/// <summary>Holds mounted file systems still, so that their block devices can be copied at one moment.</summary>
internal interface IFreezer
{
    /// <summary>Flushes file systems and stops whoever writes to them. All are held, or none.</summary>
    /// <param name="mountPoints">One mount point of each.</param>
    /// <param name="limit">After this time from the call on they go on by themselves.</param>
    /// <param name="cancellationToken">Ends the call early; nothing is then held.</param>
    /// <returns>What holds them; disposing it lets them go on.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.QuiesceFailed"/>; nothing is then held.</exception>
    Task<IFrozen> FreezeAsync(IReadOnlyList<string> mountPoints, TimeSpan limit, CancellationToken cancellationToken);
}
