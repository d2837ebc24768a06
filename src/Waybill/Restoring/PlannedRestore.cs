namespace Waybill.Engine;

/// <summary>What becomes of one volume.</summary>
/// <param name="Item">What was asked for.</param>
/// <param name="Length">The size of the content in bytes.</param>
/// <param name="IsTree">Whether it is a tree of files.</param>
public sealed record PlannedRestore(RestoreItem Item, long Length, bool IsTree)
{
    /// <summary>Gets the volume it goes to; the default value if that is still to be made.</summary>
    public VolumeId Volume { get; init; }

    /// <summary>Gets the size of the volume that exists, in bytes; 0 if it is still to be made.</summary>
    public long TargetLength { get; init; }

    /// <summary>Gets the platform it goes to.</summary>
    public string Provider => Item.Target switch
    {
        RestoreTarget.NewVolume target => target.Provider,
        RestoreTarget.ExistingVolume target => target.Provider,
        _ => "",
    };
}
