using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>
/// How data is moved behind claims whose driver does not serve the backup API: a Job for each volume attaches it, or a volume made of a snapshot, as a block device and
/// serves it. Its pod holds neither rights in the cluster nor keys nor the way to a store.
/// </summary>
/// <param name="Image">The image of the mover, as <c>mover/Waybill.Mover/Containerfile</c> builds it.</param>
public sealed record MoverOptions(string Image)
{
    /// <summary>Gets the service account of the pods, in the namespace of the claim; empty for its default one. It is given no token.</summary>
    public string ServiceAccount { get; init; } = "";

    /// <summary>
    /// Gets what the template of the pods gets beside what it needs, as a JSON merge patch, such as
    /// <c>{"spec":{"tolerations":[…],"imagePullSecrets":[…]}}</c>; empty for nothing.
    /// </summary>
    public string PodPatch { get; init; } = "";

    /// <summary>Gets how movers are reached.</summary>
    public MoverReach Reach { get; init; }

    /// <summary>
    /// Gets whether snapshots of volumes with file systems may be read as blocks: their VolumeSnapshotContents are then annotated with
    /// <c>snapshot.storage.kubernetes.io/allow-volume-mode-change</c>. Without that they are mounted, and their files are read. Volumes that several nodes may write at
    /// once always are: they are shares, with no blocks below.
    /// </summary>
    public bool AllowVolumeModeChange { get; init; }

    /// <summary>
    /// Gets the access mode of volumes that are made of snapshots to read them. Drivers that know <c>ReadOnlyMany</c> for these often need no copy.
    /// </summary>
    /// <value>The default is <c>ReadWriteOnce</c>.</value>
    public string SnapshotAccessMode { get; init; } = "ReadWriteOnce";

    /// <summary>Gets how many movers run at once, 1 or more: nodes attach only so many volumes, and platforms copy only so many snapshots.</summary>
    /// <value>The default is 4.</value>
    public int MaxMovers { get; init; } = 4;

    /// <summary>Gets how long it may take until a mover can be called: to make its volume, find a node, attach, pull the image.</summary>
    /// <value>The default is 10 minutes.</value>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets after how long without a call a mover ends, and the cluster removes all that was made for it: its coordinator is gone. One that is there calls four times in
    /// that time, whether it needs anything or not.
    /// </summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan IdleLimit { get; init; } = DefaultIdleLimit;

    /// <summary>Gets how long a mover may run at all.</summary>
    /// <value>The default is 1 day.</value>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromDays(1);

    internal static TimeSpan DefaultIdleLimit => TimeSpan.FromMinutes(2);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxMovers);
        ArgumentOutOfRangeException.ThrowIfLessThan(StartLimit, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(IdleLimit, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(Deadline, StartLimit);
        if (SnapshotAccessMode is not ("ReadWriteOnce" or "ReadOnlyMany" or "ReadWriteMany" or "ReadWriteOncePod"))
        {
            throw new ArgumentException($"There is no access mode '{SnapshotAccessMode}'.", nameof(SnapshotAccessMode));
        }

        try
        {
            if (PodPatch.Length > 0 && JsonNode.Parse(PodPatch) is not JsonObject)
            {
                throw new ArgumentException("A patch is a JSON object.", nameof(PodPatch));
            }
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"The patch cannot be read: {error.Message}", nameof(PodPatch), error);
        }
    }
}
