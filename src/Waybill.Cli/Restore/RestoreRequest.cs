using Waybill.Cli.Keys;

namespace Waybill.Cli.Restore;

/// <summary>What <c>bundle restore</c> was asked to do.</summary>
internal sealed record RestoreRequest
{
    public required string Bundle { get; init; }

    public required string Target { get; init; }

    public IReadOnlyList<string> Volumes { get; init; } = [];

    public IReadOnlyList<string> Files { get; init; } = [];

    public IReadOnlyList<string> Bytes { get; init; } = [];

    public bool Resources { get; init; }

    public IReadOnlyList<string> ParentDirectories { get; init; } = [];

    public required KeyRequest Keys { get; init; }

    public required TrustRequest Trust { get; init; }

    public int? Jobs { get; init; }

    /// <summary>Gets whether what is restored is on the disk before it gets its name.</summary>
    public bool Durable { get; init; } = true;

    public bool Json { get; init; }

    /// <summary>Gets whether nothing was chosen, so that everything is restored.</summary>
    public bool Everything => Volumes.Count + Files.Count + Bytes.Count == 0 && !Resources;
}
