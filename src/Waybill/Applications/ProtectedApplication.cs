using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>An application as the engine is told of it: who it is, what it consists of, and how to hold it still.</summary>
/// <param name="Name">The name people use; the engine's records are kept under it.</param>
public sealed record ProtectedApplication(string Name)
{
    /// <summary>Gets its identity; if it is the default value the engine takes the one it knows from earlier points, or makes one.</summary>
    public AppId Id { get; init; }

    /// <summary>Gets where it runs.</summary>
    public Origin Origin { get; init; } = new();

    /// <summary>Gets its tags.</summary>
    public ImmutableArray<Tag> Tags { get; init; } = [];

    /// <summary>Gets its definitions.</summary>
    public ImmutableArray<ResourceObject> Resources { get; init; } = [];

    /// <summary>Gets its volumes.</summary>
    public ImmutableArray<ProtectedVolume> Volumes { get; init; } = [];

    /// <summary>Gets the name of what holds it still while snapshots are taken; empty if nothing does.</summary>
    public string Quiescer { get; init; } = "";

    /// <summary>Gets the rules its points are made by.</summary>
    public ProtectPolicy Policy { get; init; } = new();
}
