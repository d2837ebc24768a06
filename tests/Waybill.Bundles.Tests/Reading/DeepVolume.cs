using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Reading;

/// <summary>
/// A volume of which every other block was discarded since its parent: two leaves for every 1 024 bytes, so that a small volume has an index
/// of two levels above its tiles. One cell in ten was also written to.
/// </summary>
public sealed class DeepVolume : IAsyncLifetime
{
    internal const int Cell = 65_536;
    internal const int Block = 512;

    // Three nodes of level 1: two full ones inside the body, one held back.
    private const int Cells = (2 * 65_536 / 128) + 130;

    private Dictionary<long, MappedRecord> _records = [];

    internal byte[] Content { get; } = new byte[(Cells * Cell) - 100];

    internal byte[] Incremental { get; private set; } = [];

    internal byte[] Full { get; private set; } = [];

    internal StreamInfo Stream { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        for (int start = 0; start < Content.Length; start += Block)
        {
            Content.AsSpan(start, Math.Min(Block, Content.Length - start)).Fill((byte)(1 + (start / Block % 251)));
        }

        Full = await Lab.FullAsync(Content);
        for (int start = 0; start < Content.Length; start += 2 * Block)
        {
            Content.AsSpan(start, Math.Min(Block, Content.Length - start)).Clear();
        }

        for (int cell = 3; cell < Cells; cell += 10)
        {
            Lab.Noise(700, cell).CopyTo(Content, (cell * Cell) + 5_000);
        }

        Incremental = await Lab.IncrementalAsync(Content, null, null, Full);
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(Incremental), TrustPolicy.AcceptUnsigned);
        Stream = reader.Manifest.Streams[0];
        _records = BundleMap.Of(Incremental).ToDictionary(r => r.Header.Offset);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>What a read of the incremental bundle fetched: exactly one record.</summary>
    internal RecordHeader RecordOf(ByteRange read)
    {
        RecordHeader header = _records[read.Offset].Header;
        Assert.Equal(RecordHeader.Size + header.PayloadLength, read.Length);
        return header;
    }

    internal ChunkHeader ChunkAt(ByteRange read) => ChunkHeader.Read(_records[read.Offset].Payload, false, read.Offset);
}
