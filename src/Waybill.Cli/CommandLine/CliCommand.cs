using System.CommandLine;

namespace Waybill.Cli.CommandLine;

/// <summary>A command whose help ends with notes and examples.</summary>
internal sealed class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>Gets lines to be read before the examples.</summary>
    public string[] Notes { get; init; } = [];

    /// <summary>Gets complete command lines that do something useful.</summary>
    public required string[] Examples { get; init; }
}
