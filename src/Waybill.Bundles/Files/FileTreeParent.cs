namespace Waybill.Bundles;

/// <summary>What an incremental tree builds on.</summary>
/// <param name="Entries">The parent's entries in their order, valid and within its data.</param>
/// <param name="DataLength">The virtual length of the parent's FILE_DATA stream.</param>
/// <param name="Started">
/// When the parent's tree was begun to be listed, or any time before that: a file whose change time is not well before may have changed again after
/// it was read, without its times showing it.
/// </param>
internal sealed record FileTreeParent(IAsyncEnumerable<FileTreeEntry> Entries, long DataLength, Timestamp Started);
