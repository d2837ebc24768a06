using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What is asked of a snapshot.</summary>
/// <param name="Namespace">The namespace of the VolumeSnapshot.</param>
/// <param name="Snapshot">Its name there.</param>
public sealed record BackupQuestion(string Namespace, string Snapshot)
{
    /// <summary>Gets what a delta starts from; <see langword="null"/> for no delta.</summary>
    public ChangeId? Base { get; init; }

    /// <summary>Gets the first byte that is asked for.</summary>
    public long StartingOffset { get; init; }

    /// <summary>Gets the first byte that is no longer asked for; 0 for the end of the snapshot. Ranges are always listed to the end.</summary>
    public long EndingOffset { get; init; }

    /// <summary>Gets what may be answered instead if the delta cannot be had; nothing by default.</summary>
    public ImmutableArray<BackupMethod> Fallback { get; init; } = [];

    internal string Name => $"{Namespace}/{Snapshot}";
}
