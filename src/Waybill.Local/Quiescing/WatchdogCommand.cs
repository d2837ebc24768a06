using System.Collections.Immutable;
using System.Globalization;

namespace Waybill.Local;

/// <summary>A command of a watchdog.</summary>
/// <param name="Arguments">The program and its arguments.</param>
/// <param name="Limit">After this time it is killed, with the processes of its group.</param>
internal sealed record WatchdogCommand(ImmutableArray<string> Arguments, TimeSpan Limit)
{
    /// <summary>Makes the command run in a directory.</summary>
    public static WatchdogCommand In(string? directory, ImmutableArray<string> arguments, TimeSpan limit) =>
        new(directory is null ? arguments : ["sh", "-c", "cd -- \"$1\" && shift && exec \"$@\"", "sh", directory, .. arguments], limit);

    /// <summary>Gets a time as the programs of coreutils take it.</summary>
    public static string Seconds(TimeSpan time) => Math.Max(time.TotalSeconds, 0.001).ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Gets it as the watchdog takes it.</summary>
    public IEnumerable<string> ToWords() => [Seconds(Limit), Arguments.Length.ToString(CultureInfo.InvariantCulture), .. Arguments];
}
