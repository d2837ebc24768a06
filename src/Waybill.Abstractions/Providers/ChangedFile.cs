namespace Waybill.Providers;

/// <summary>A file that may have changed.</summary>
/// <param name="Path">Where it is, or was.</param>
/// <param name="Kind">What happened to it.</param>
public readonly record struct ChangedFile(FilePath Path, ChangedFileKind Kind);
