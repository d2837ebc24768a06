namespace Waybill.Engine;

/// <summary>Where a volume is restored to.</summary>
public abstract record RestoreTarget
{
    private RestoreTarget()
    {
    }

    /// <summary>A volume that is made for it, on any platform that can make one.</summary>
    /// <param name="Provider">The platform.</param>
    /// <param name="Name">The new volume's name; there must be none of that name.</param>
    public sealed record NewVolume(string Provider, string Name) : RestoreTarget
    {
        /// <summary>Gets the storage class, pool or tier; empty for the platform's choice.</summary>
        public string StorageClass { get; init; } = "";
    }

    /// <summary>A volume that exists. Whatever it holds is overwritten, also behind the end of what is restored.</summary>
    /// <param name="Provider">The platform.</param>
    /// <param name="Volume">The volume.</param>
    public sealed record ExistingVolume(string Provider, VolumeId Volume) : RestoreTarget;
}
