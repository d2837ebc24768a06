using System.Collections.Immutable;

namespace Waybill.Samples.Definitions;

/// <summary>What is known of an application beside its definition.</summary>
public record DefinitionOptions
{
    /// <summary>Gets the application's name.</summary>
    /// <value>The default is empty: the name of the project or family.</value>
    public string ApplicationName { get; init; } = "";

    /// <summary>Gets the name of the file the definition was read from.</summary>
    /// <value>The default is empty: <c>compose.yaml</c> or <c>task-definition.json</c>.</value>
    public string FileName { get; init; } = "";

    /// <summary>Gets the cluster it runs on, by its identity; of ECS its ARN. Empty if not known.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>Gets the name people use for the cluster.</summary>
    /// <value>The default is empty: of ECS what the ARN ends with.</value>
    public string ClusterName { get; init; } = "";

    /// <summary>Gets the host it runs on; empty if not known.</summary>
    public string Host { get; init; } = "";

    /// <summary>Gets which volumes of platforms its volumes are.</summary>
    public VolumeTable Volumes { get; init; } = new();

    /// <summary>Gets the digests of images whose references in the definition have none, by reference: <c>sha256:…</c>.</summary>
    public ImmutableDictionary<string, string> ImageDigests { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Gets whether the definition and all files beside it are kept as Secrets, whatever they look like.</summary>
    public bool KeepAllSecret { get; init; }
}
