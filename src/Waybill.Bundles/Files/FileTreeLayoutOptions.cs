namespace Waybill.Bundles;

/// <summary>How a tree is laid out.</summary>
internal sealed record FileTreeLayoutOptions
{
    /// <summary>Gets the cell size of the FILE_DATA stream; files of that size or more start at a multiple of it.</summary>
    public int CellSize { get; init; } = 1 << 20;

    /// <summary>Gets whether entries leave out what differs between two copies of one tree: access, birth and change times, inodes (spec 10).</summary>
    public bool Reproducible { get; init; }

    /// <summary>Gets how much memory entries may take before they go to a temporary file.</summary>
    public long EntryMemory { get; init; } = 64 << 20;
}
