namespace Waybill;

/// <summary>What a command or call that prepared the application returned.</summary>
/// <param name="Name">The name of the hook.</param>
/// <param name="ExitCode">0 for success.</param>
public sealed record HookResult(string Name, int ExitCode)
{
    /// <summary>Gets when the hook started, if known.</summary>
    public Timestamp? Started { get; init; }

    /// <summary>Gets when the hook ended, if known.</summary>
    public Timestamp? Finished { get; init; }
}
