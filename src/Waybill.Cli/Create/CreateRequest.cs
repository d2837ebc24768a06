using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;

namespace Waybill.Cli.Create;

/// <summary>What <c>bundle create</c> was asked to do, checked as far as that is possible without touching a file.</summary>
internal sealed record CreateRequest
{
    public required string Output { get; init; }

    public required string ApplicationName { get; init; }

    public AppId? ApplicationId { get; init; }

    public string ClusterName { get; init; } = "";

    public string Namespace { get; init; } = "";

    public IReadOnlyList<string> Resources { get; init; } = [];

    public IReadOnlyList<NamedValue> Volumes { get; init; } = [];

    /// <summary>Gets, by name of volume, the files that list what changed since the parent.</summary>
    public IReadOnlyDictionary<string, string> Changed { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<NamedValue> Files { get; init; } = [];

    public IReadOnlyList<NamedValue> Bytes { get; init; } = [];

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public string? Parent { get; init; }

    /// <summary>Gets where bundles that the parent builds on are looked for; beside it if there are none.</summary>
    public IReadOnlyList<string> ParentDirectories { get; init; } = [];

    public bool ForceFull { get; init; }

    public ConsistencyEvidence? Consistency { get; init; }

    /// <summary>Gets how to write; its bundle id and creation time are set in the reproducible profile.</summary>
    public required BundleWriterOptions Writer { get; init; }

    public required EncryptionRequest Encryption { get; init; }

    /// <summary>Gets what opens an encrypted parent, and who signs.</summary>
    public required KeyRequest Keys { get; init; }

    /// <summary>Gets whether the bundle is on the disk before it gets its name.</summary>
    public bool Durable { get; init; } = true;

    public bool Json { get; init; }

    public bool WritesToStandardOutput => Output == "-";
}
