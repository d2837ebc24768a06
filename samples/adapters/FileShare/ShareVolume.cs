namespace Waybill.Samples.FileShare;

/// <summary>A share, or a directory of one, that is a volume.</summary>
/// <param name="Id">The name of the volume.</param>
public abstract record ShareVolume(VolumeId Id)
{
    /// <summary>Gets what the share speaks, for the descriptor of the volume.</summary>
    internal abstract string Protocol { get; }
}
