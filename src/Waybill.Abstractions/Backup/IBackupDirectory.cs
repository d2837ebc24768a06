namespace Waybill.Backup;

/// <summary>Knows by which names users call a platform's volumes and snapshots. In Kubernetes those are claims and VolumeSnapshots.</summary>
public interface IBackupDirectory
{
    /// <summary>Lists the volumes of a namespace.</summary>
    /// <param name="objectNamespace">The namespace.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volumes of this platform only, in the order of their claims.</returns>
    IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, CancellationToken cancellationToken = default);

    /// <summary>Lists the snapshots of a namespace.</summary>
    /// <param name="objectNamespace">The namespace.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The snapshots of this platform only, in the order of their names.</returns>
    IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, CancellationToken cancellationToken = default);

    /// <summary>Finds a snapshot.</summary>
    /// <param name="objectNamespace">Its namespace.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The snapshot; <see langword="null"/> if there is none, or if it is on another platform.</returns>
    ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default);

    /// <summary>Finds the volume of a claim.</summary>
    /// <param name="objectNamespace">Its namespace.</param>
    /// <param name="claim">Its name there.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volume; <see langword="null"/> if there is none, or if it is on another platform.</returns>
    ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default);
}
