namespace Waybill.Cli.Tests;

/// <summary>What a command left behind.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">The text on standard output.</param>
/// <param name="Error">The text on standard error.</param>
/// <param name="Bytes">The bytes on standard output.</param>
internal sealed record CliResult(int Code, string Output, string Error, byte[] Bytes);
