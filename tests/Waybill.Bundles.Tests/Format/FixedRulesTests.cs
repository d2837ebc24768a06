using System.Buffers.Binary;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Tests.Format;

/// <summary>Rules that one structure alone can break.</summary>
public sealed class FixedRulesTests
{
    [Fact]
    [Spec("F-27")]
    public void Features_KeepTheirBits_ForEver()
    {
        (int Word, int Bit, string Name)[] registered =
            [(0, 0, "ENCRYPTED"), (0, 1, "ZSTD"), (0, 2, "EXTERNAL_CHUNKS"), (0, 3, "SEGMENTED"), (2, 0, "SCHEMA")];

        Assert.Equal(registered.Select(f => f.Name), registered.Select(f => FeatureRegistry.NameOf(f.Word, f.Bit)));
        Assert.Equal(1UL << 1, Features.Zstd);
        Assert.Equal(1UL << 0, Features.Schema);
    }

    [Theory]
    [Spec("M-06")]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(1, 1)]
    [InlineData(7, 1)]
    public void Leaf_UnknownStateOrReservedByte_IsRefused(int position, byte value)
    {
        var bytes = new byte[Leaf.Size];
        new Leaf(LeafState.Data, 0, 512, 512, Digest.Of("cell"u8)).Write(bytes);
        bytes[position] = value;

        Assert.Equal(WaybillErrorCode.LeavesInvalid, Assert.Throws<BundleFormatException>(() => Leaf.Read(bytes, 0)).Code);
    }

    [Theory]
    [Spec("M-13")]
    [InlineData(3, 0, 0u)]
    [InlineData(4, 0, 0u)]
    [InlineData(1, 1, 0u)]
    [InlineData(1, 0, 1u)]
    [InlineData(2, 0, 0u)]
    [InlineData(2, 1, 2u)]
    public void Chunk_StateMaskAndFlagsThatDoNotFit_AreRefused(byte state, ushort maskLength, uint flags)
    {
        var payload = new byte[ChunkHeader.Size + 2048];
        new ChunkHeader(0, new Leaf(LeafState.Data, 0, 1024, 1024, Digest.Of("cell"u8)), BundleCodec.None, 0, false).Write(payload);
        payload[4] = state;
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(6), maskLength);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(28), flags);

        Assert.Equal(WaybillErrorCode.LeavesInvalid, Assert.Throws<BundleFormatException>(() => ChunkHeader.Read(payload, true, 0)).Code);
    }

    [Fact]
    [Spec("M-21")]
    public void MaskedCell_WithAZeroBlockAsData_IsRefused()
    {
        var pool = new BufferPool(CellEncoder.ChunkBufferSize(BundleCodec.None, 65_536));
        using var encoder = new CellEncoder(BundleCodec.None, 1, true, 65_536, pool);
        var mask = new byte[BlockMask.SizeFor(128)];
        BlockMask.Set(mask, 3, BlockState.Data);
        CellResult cell = encoder.EncodeMasked(0, 0, 65_536, default, mask, new byte[512]);
        StreamInfo stream = new()
        {
            Number = 0, Id = StreamId.New(), Kind = StreamKind.BlockVolume, Name = "v", BlockSize = 512, CellSize = 65_536,
            VirtualLength = 65_536, LeafCount = 1, Root = default, ParentRoot = Digest.Of("parent"u8), ParentLength = 65_536,
        };
        using var decoder = new CellDecoder(65_536);
        byte[] payload = cell.Buffer!.AsSpan(RecordHeader.Size, cell.PayloadLength).ToArray();

        var error = Assert.Throws<BundleFormatException>(() => decoder.Decode(stream, ChunkHeader.Read(payload, true, 0), payload, new byte[65_536], 0));
        Assert.Equal(WaybillErrorCode.NotCanonical, error.Code);
    }

    [Fact]
    [Spec("I-05")]
    public async Task Incremental_WithOtherSizesInTheOptions_KeepsTheParentsGrid()
    {
        byte[] volume = Lab.MixedVolume(400_000);
        byte[] full = await Lab.FullAsync(volume);
        byte[] incremental = await Lab.IncrementalAsync(volume, null, new BundleWriterOptions { CellSize = 1 << 20, BlockSize = 4096 }, full);
        await using BundleChain chain = await Lab.OpenChainAsync(incremental, full);

        Assert.Equal((512, 64 * 1024), (chain.Manifest.Streams[0].BlockSize, chain.Manifest.Streams[0].CellSize));
    }

    [Fact]
    [Spec("I-05")]
    public async Task Incremental_OnAnIncompleteParent_IsRefused()
    {
        byte[] full = await Lab.FullAsync(Lab.MixedVolume(400_000));

        var error = await Assert.ThrowsAsync<BundleFormatException>(() => Lab.OpenChainAsync(full[..^1]));
        Assert.Equal(WaybillErrorCode.Incomplete, error.Code);
    }

    [Fact]
    [Spec("I-07")]
    public async Task Chain_LongerThanAllowed_IsRefused()
    {
        byte[] volume = Lab.MixedVolume(100_000);
        byte[] full = await Lab.FullAsync(volume);
        byte[] second = await Lab.IncrementalAsync(volume, null, null, full);
        byte[] third = await Lab.IncrementalAsync(volume, null, null, second, full);
        BundleReader newest = await BundleReader.OpenAsync(new MemoryByteSource(third), TrustPolicy.AcceptUnsigned, new BundleReaderOptions { MaxChainLength = 2 });

        var error = await Assert.ThrowsAsync<BundleFormatException>(() => BundleChain.OpenAsync(newest, new MemoryLocator(second, full)));
        Assert.Equal(WaybillErrorCode.ChainInvalid, error.Code);
    }
}
