namespace Waybill.Cli.Json;

/// <summary>Something that was to be restored and is damaged in the bundle; nothing by its own name was left.</summary>
/// <param name="Kind"><c>volume</c>, <c>files</c>, <c>bytes</c> or <c>resources</c>.</param>
/// <param name="Name">The name in the bundle.</param>
/// <param name="Problem">What is wrong.</param>
internal sealed record NotRestoredJson(string Kind, string Name, ProblemJson Problem);
