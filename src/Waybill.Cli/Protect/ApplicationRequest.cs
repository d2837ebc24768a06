using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Protect;

/// <summary>Which application it is, and what the command line says of it.</summary>
/// <param name="Name">Its name.</param>
internal sealed record ApplicationRequest(string Name)
{
    public IReadOnlyList<NamedValue> Volumes { get; init; } = [];

    public IReadOnlyList<NamedValue> Files { get; init; } = [];

    public IReadOnlyList<string> Resources { get; init; } = [];

    public string Cluster { get; init; } = "";

    public string Namespace { get; init; } = "";

    public ConsistencyLevel? LeastConsistency { get; init; }

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>Gets whether the command line says what it consists of.</summary>
    public bool IsDescribed => Volumes.Count + Files.Count + Resources.Count > 0 || Cluster.Length + Namespace.Length > 0;
}
