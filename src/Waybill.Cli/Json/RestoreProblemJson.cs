namespace Waybill.Cli.Json;

/// <summary>Something of a file tree that is not as it was.</summary>
/// <param name="Path">The path in the tree; bytes that are not UTF-8 are shown as U+FFFD.</param>
/// <param name="What">What is concerned: <c>data</c>, <c>xattrs</c>, <c>owner</c> and so on.</param>
/// <param name="Reason">Why.</param>
internal sealed record RestoreProblemJson(string Path, string What, string Reason);
