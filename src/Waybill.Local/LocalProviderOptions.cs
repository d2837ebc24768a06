namespace Waybill.Local;

/// <summary>What a local platform is made of.</summary>
public sealed record LocalProviderOptions
{
    /// <summary>Gets the name of the provider.</summary>
    /// <value>The default is <c>local</c>.</value>
    public string Name { get; init; } = "local";

    /// <summary>Gets the directory that holds the pool; it is made if it is missing. On XFS or btrfs snapshots take no time and share their space.</summary>
    public required string PoolDirectory { get; init; }

    /// <summary>Gets what is offered beside the pool.</summary>
    public IReadOnlyList<AttachedVolume> Attached { get; init; } = [];

    /// <summary>Gets how long the file systems in a group of volumes may be held still at most.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan FreezeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets where times come from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets what holds mounted file systems still.</summary>
    internal IFreezer? Freezer { get; init; }

    /// <summary>Gets what is called between any two steps that a crash could fall between.</summary>
    internal Action<string>? Step { get; init; }
}
