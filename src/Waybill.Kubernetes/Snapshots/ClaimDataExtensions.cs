namespace Waybill.Kubernetes;

/// <summary>Asks after one snapshot.</summary>
internal static class ClaimDataExtensions
{
    /// <summary>Says what is known of a snapshot; null if nothing is.</summary>
    public static async Task<SnapshotPoint?> FindPointAsync(this IClaimData data, SnapshotObject snapshot, SnapshotContentObject content, CancellationToken cancellationToken) =>
        (await data.FindPointsAsync(snapshot.Namespace, content.Volume, [(snapshot, content)], cancellationToken).ConfigureAwait(false)).GetValueOrDefault(snapshot.Name);
}
