namespace Waybill.Local;

/// <summary>File systems that are held still.</summary>
internal interface IFrozen : IAsyncDisposable
{
    /// <summary>Lets them go on.</summary>
    /// <returns>Whether all of them were held until now.</returns>
    Task<bool> ThawAsync();
}
