namespace Waybill.Cli.Json;

/// <summary>A file or tree that was written.</summary>
/// <param name="Kind"><c>volume</c>, <c>files</c>, <c>bytes</c> or <c>resources</c>.</param>
/// <param name="Name">The name in the bundle.</param>
/// <param name="Path">Where it was written.</param>
/// <param name="Bytes">Its size; for resources the sum.</param>
/// <param name="Entries">How many entries or objects; null for volumes and bytes.</param>
/// <param name="Problems">What of a file tree could not be restored, or was not readable when it was backed up.</param>
/// <param name="DamagedFiles">The files of a tree that were left out because the bundle is damaged there.</param>
internal sealed record RestoredJson(string Kind, string Name, string Path, long Bytes, long? Entries, RestoreProblemJson[] Problems, string[] DamagedFiles);
