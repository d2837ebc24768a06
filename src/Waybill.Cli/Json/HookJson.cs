namespace Waybill.Cli.Json;

/// <summary>What a command that prepared the application returned.</summary>
internal sealed record HookJson(string Name, int ExitCode, string? Started, string? Finished);
