namespace Waybill.Engine;

/// <summary>Something a run made outside, or was about to.</summary>
/// <param name="Number">Its number in the run, in the order of making.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Provider">The platform, quiescer or store that has it.</param>
/// <param name="Name">The name it was asked for with, by which it can be found.</param>
public sealed record LedgerEntry(int Number, LedgerKind Kind, string Provider, string Name)
{
    /// <summary>Gets the volume a snapshot was taken of; the default value for everything else.</summary>
    public VolumeId Volume { get; init; }

    /// <summary>Gets the platform's own name of it, once known; else empty.</summary>
    public string Id { get; init; } = "";

    /// <summary>Gets what is known of it.</summary>
    public LedgerState State { get; init; }

    /// <summary>Gets whether it has to be looked after.</summary>
    public bool IsOpen => State is LedgerState.Intended or LedgerState.Created;
}
