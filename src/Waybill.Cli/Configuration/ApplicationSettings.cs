using System.Collections.Immutable;
using Waybill.Engine;

namespace Waybill.Cli.Configuration;

/// <summary>An application as it is configured; its definitions are still to be read.</summary>
/// <param name="Application">All but its definitions, where it runs, and the tags that come of them.</param>
internal sealed record ApplicationSettings(ProtectedApplication Application)
{
    /// <summary>Gets files and directories of definitions.</summary>
    public ImmutableArray<string> Resources { get; init; } = [];

    public string Cluster { get; init; } = "";

    public string Namespace { get; init; } = "";
}
