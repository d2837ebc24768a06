namespace Waybill.Cli.Configuration;

/// <summary>The words for levels of consistency, in configurations and on the command line.</summary>
internal static class ConsistencyWords
{
    public static (string Word, ConsistencyLevel Level)[] All { get; } =
    [
        ("unknown", ConsistencyLevel.Unknown), ("none", ConsistencyLevel.None), ("crash", ConsistencyLevel.Crash),
        ("filesystem", ConsistencyLevel.FileSystem), ("application", ConsistencyLevel.Application),
    ];
}
