namespace Waybill;

/// <summary>Whose data a bundle holds.</summary>
/// <param name="Id">Stays the same through renames, moves and restores.</param>
/// <param name="Name">The name people use.</param>
public sealed record ApplicationIdentity(AppId Id, string Name)
{
    /// <summary>Gets where the application ran.</summary>
    public Origin Origin { get; init; } = new();
}
