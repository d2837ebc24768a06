using System.Collections.Immutable;

namespace Waybill.Backup;

/// <summary>Who calls the backup API, as an authority found out.</summary>
/// <param name="Name">Such as <c>system:serviceaccount:backup:agent</c>.</param>
public sealed record BackupCaller(string Name)
{
    /// <summary>Gets the identity that stays when a name is given anew; empty if there is none.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Gets the groups the caller belongs to.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>Gets what else is known of the caller, and is needed to say what it may do.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Extra { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;
}
