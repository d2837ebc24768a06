namespace Waybill.Bundles;

/// <summary>What an incremental tree builds on.</summary>
/// <param name="Entries">The parent's entries in their order, valid and within its data.</param>
/// <param name="DataLength">The virtual length of the parent's FILE_DATA stream.</param>
/// <param name="Started">
/// When the parent was begun, by the clock of the file system or later: a file whose change time is not well before that may have changed
/// again after it was read, without its times showing it.
/// </param>
internal sealed record FileTreeParent(IAsyncEnumerable<FileTreeEntry> Entries, long DataLength, Timestamp Started);
