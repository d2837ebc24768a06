namespace Waybill.Samples.QemuNbd;

/// <summary>What is remembered of a snapshot. It outlives the snapshot, as changes since its moment can be asked for as long as the bitmaps are there.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The name it was asked for with.</param>
/// <param name="Seconds">When it was taken.</param>
/// <param name="Nanoseconds">And a part of a second.</param>
/// <param name="Length">The size of the volume then.</param>
/// <param name="Checkpoint">The bitmap that records what is written from this moment to the next snapshot.</param>
/// <param name="IsDeleted">Whether it was removed.</param>
internal sealed record SnapshotRecord(string Id, string Name, long Seconds, int Nanoseconds, long Length, string Checkpoint, bool IsDeleted = false);
