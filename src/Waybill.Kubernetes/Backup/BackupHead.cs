namespace Waybill.Kubernetes;

/// <summary>What an answer of the backup API says of itself before anything else.</summary>
/// <param name="Volume">The driver's own name of the volume.</param>
/// <param name="Length">The size of the snapshot in bytes.</param>
/// <param name="Method">How the answer is to be understood.</param>
public sealed record BackupHead(VolumeId Volume, long Length, BackupMethod Method)
{
    /// <summary>Gets why it is not what was asked for; empty if it is.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Gets what a later delta can start from; <see langword="null"/> if none can.</summary>
    public ChangeId? ChangeId { get; init; }

    /// <summary>Gets the moment whose content the snapshot holds.</summary>
    public Timestamp Created { get; init; }
}
