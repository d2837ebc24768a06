using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Create;

/// <summary>
/// What a person may claim by hand about the consistency of data. The highest level is not among it: it needs the results of hooks,
/// and this command runs none.
/// </summary>
internal static class ConsistencyClaim
{
    public static ConsistencyEvidence? Parse(string? level, string? mechanism)
    {
        if (level is null && mechanism is not null)
        {
            throw new UsageException("--mechanism supports a level: give --consistency as well.");
        }

        ConsistencyLevel? claimed = level switch
        {
            null or "unknown" => null,
            "none" => ConsistencyLevel.None,
            "crash" => ConsistencyLevel.Crash,
            "filesystem" => string.IsNullOrWhiteSpace(mechanism)
                ? throw new UsageException("--consistency filesystem needs --mechanism: say what froze or unmounted the file systems.")
                : ConsistencyLevel.FileSystem,
            "application" => throw new UsageException("--consistency application cannot be claimed by hand: it needs the results of hooks that took part."),
            _ => throw new UsageException($"--consistency is unknown, none, crash or filesystem, not '{level}'."),
        };
        return claimed is { } known ? new ConsistencyEvidence(known) { Mechanism = mechanism ?? "" } : null;
    }
}
