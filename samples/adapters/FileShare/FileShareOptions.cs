namespace Waybill.Samples.FileShare;

/// <summary>How shares are reached, by whose leave, and where that is recorded.</summary>
/// <param name="Access">Who may do what.</param>
/// <param name="Audit">Where each access is recorded; the caller disposes it.</param>
public sealed record FileShareOptions(IShareAccess Access, AccessAudit Audit)
{
    /// <summary>Gets the name of the provider.</summary>
    public string Name { get; init; } = "share";

    /// <summary>Gets how long a request to a server may take.</summary>
    public TimeSpan RequestLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the clock that grants run out by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
