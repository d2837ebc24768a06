using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>What a <see cref="CommandQuiescer"/> runs.</summary>
public sealed record CommandQuiescerOptions
{
    /// <summary>Gets the name in the configuration, in bundles and in messages.</summary>
    public string Name { get; init; } = "command";

    /// <summary>Gets what prepares the application. It ends when the application is ready.</summary>
    public required HookCommand Pre { get; init; }

    /// <summary>Gets what lets the application go on; null if nothing need be done. It must do no harm when it is run twice, or without the other.</summary>
    public HookCommand? Post { get; init; }

    /// <summary>Gets the directory both run in; the root directory if null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Gets variables both have besides those of this process.</summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Gets what a snapshot between the two is worth. The default is right if the commands really stop the application from changing its data.</summary>
    public ConsistencyLevel Level { get; init; } = ConsistencyLevel.Application;
}
