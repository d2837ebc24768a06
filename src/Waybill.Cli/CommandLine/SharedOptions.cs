using System.CommandLine;

namespace Waybill.Cli.CommandLine;

/// <summary>Options that mean the same on several commands.</summary>
internal static class SharedOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print a report as JSON (docs/cli/json.md) instead of text." };

    public static Option<string[]> Parents() => new("--parents")
    {
        Description = "Where the bundles lie that this one builds on. Default: beside it.", HelpName = "DIR",
    };

    public static Option<bool> NoSync() => new("--no-sync")
    {
        Description = "Do not wait until everything is on the disk; a power cut can then lose it.",
    };

    public static Option<string> Output() => new("--out") { Description = "The bundle to write; - is standard output.", HelpName = "FILE", Required = true };

    public static Argument<string> Bundle() => new("BUNDLE") { Description = "The bundle; - is standard input." };
}
