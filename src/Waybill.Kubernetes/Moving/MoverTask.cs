using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>What a mover is to serve.</summary>
/// <param name="Mover">The name of the mover, which nothing else has.</param>
/// <param name="Namespace">The namespace of the claim, which is also the mover's.</param>
/// <param name="Name">The snapshot or claim as callers name it.</param>
/// <param name="Claim">The claim that is attached.</param>
/// <param name="Length">How much of the device is meant, in bytes.</param>
internal sealed record MoverTask(string Mover, string Namespace, string Name, string Claim, long Length)
{
    public bool IsWritable { get; init; }

    /// <summary>Gets whether it serves the files of the volume, not its blocks.</summary>
    public bool IsTree { get; init; }

    /// <summary>Gets whether the volume can only be read, and is attached like that.</summary>
    public bool IsAttachedReadOnly { get; init; }

    /// <summary>Gets the specification of the claim if it is made for the mover and goes with it; null if it is there.</summary>
    public JsonObject? NewClaim { get; init; }

    /// <summary>Gets the volume of which the new claim is another view; null if it has a volume of its own.</summary>
    public JsonObject? TwinOf { get; init; }
}
