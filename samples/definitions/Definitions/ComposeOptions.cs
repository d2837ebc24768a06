using System.Collections.Immutable;

namespace Waybill.Samples.Definitions;

/// <summary>What is known of a Compose project beside its file. Nothing is taken from the process's environment or its directory.</summary>
public sealed record ComposeOptions : DefinitionOptions
{
    /// <summary>Gets the project's name, as <c>docker compose -p</c> takes it.</summary>
    /// <value>The default is empty: <c>COMPOSE_PROJECT_NAME</c> of <see cref="Variables"/>, else what the file says.</value>
    public string ProjectName { get; init; } = "";

    /// <summary>Gets the directory that relative paths of the file are in; empty if not known, then they stay relative.</summary>
    public string ProjectDirectory { get; init; } = "";

    /// <summary>Gets the values of variables.</summary>
    public ImmutableDictionary<string, string> Variables { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Gets the files that the file names, by the path it names them with, and <c>.env</c>: env files, configs, secrets. They go into the bundle as they are.
    /// </summary>
    public ImmutableDictionary<string, ReadOnlyMemory<byte>> Files { get; init; } = ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty;
}
