namespace Waybill.Kubernetes;

/// <summary>What is asked of a SnapshotMetadata service: what changed since a base or, without one, what was ever written.</summary>
internal sealed record MetadataQuestion(string Namespace, string Snapshot, ChangeId? Base, long Length, long StartingOffset)
{
    // Drivers are known that find the wrong blocks when they are asked to begin in the middle of one.
    private const long Grid = 1 << 20;

    /// <summary>Gets where the first call begins: not behind the starting offset, and where no block of any driver is cut. What lies before is thrown away here.</summary>
    public long FirstAsked => StartingOffset - (StartingOffset % Grid);

    public string FullName => $"{Namespace}/{Snapshot}";
}
