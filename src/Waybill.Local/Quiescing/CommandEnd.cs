namespace Waybill.Local;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">0 for success; 124 or 137 if it was killed.</param>
/// <param name="At">When.</param>
internal sealed record CommandEnd(int ExitCode, Timestamp At)
{
    /// <summary>Gets whether it was killed, at its deadline or because it was no longer wanted.</summary>
    public bool IsKilled => ExitCode is 124 or 137;

    /// <summary>Gets what a message says of it.</summary>
    public string Describe() => IsKilled ? "did not end in time and was killed" : $"ended with {ExitCode}";
}
