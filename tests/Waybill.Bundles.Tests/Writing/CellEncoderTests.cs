using Waybill.Bundles.Codecs;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>An encoder that is wrong, or memory that is, does not get into a bundle.</summary>
public sealed class CellEncoderTests
{
    private const int Cell = 65_536;

    private static readonly byte[] s_raw = [.. Enumerable.Range(0, Cell).Select(i => (byte)(i / 64))];

    [Theory, Spec("C-04")]
    [InlineData(BundleCodec.Lz4)]
    [InlineData(BundleCodec.Zstd)]
    public void Encode_EncoderThatLies_IsCaught(BundleCodec codec)
    {
        // Each lie is one changed byte somewhere, or a length that is not true.
        int caught = 0;
        for (int place = 0; place < 40; place++)
        {
            using var encoder = new CellEncoder(codec, 1, verify: true, Cell, Buffers(codec), new LyingCodec(place));
            var e = Record.Exception(() => encoder.EncodeData(0, 0, s_raw, CellDecoder.HashCell(s_raw)));
            caught += e is WaybillException { Code: WaybillErrorCode.EncoderFailed } ? 1 : 0;
            Assert.True(e is null or WaybillException { Code: WaybillErrorCode.EncoderFailed });
        }

        // A changed byte need not change what is decoded, in a frame's optional fields for instance; nearly all do.
        Assert.InRange(caught, 35, 40);
    }

    [Theory, Spec("C-04")]
    [InlineData(BundleCodec.Lz4, true)]
    [InlineData(BundleCodec.Lz4, false)]
    [InlineData(BundleCodec.Zstd, true)]
    public void Encode_MaskedBlocks_AreCheckedToo(BundleCodec codec, bool lies)
    {
        byte[] mask = new byte[BlockMask.SizeFor(Cell / 4096)];
        BlockMask.Set(mask, 3, BlockState.Data);
        using var encoder = new CellEncoder(codec, 1, verify: true, Cell, Buffers(codec), lies ? new LyingCodec(11) : new CellCodec());
        var e = Record.Exception(() => encoder.EncodeMasked(0, 0, Cell, default, mask, s_raw.AsSpan(0, 4096)));

        Assert.Equal(lies, e is WaybillException { Code: WaybillErrorCode.EncoderFailed });
        Assert.True(lies || e is null);
    }

    [Fact, Spec("C-01")]
    public void Encode_WhatDoesNotShrink_IsStoredAsItIs()
    {
        byte[] noise = Lab.Noise(Cell, 1);
        foreach (BundleCodec codec in (BundleCodec[])[BundleCodec.Lz4, BundleCodec.Zstd])
        {
            using var encoder = new CellEncoder(codec, 1, verify: true, Cell, Buffers(codec));
            CellResult result = encoder.EncodeData(0, 0, noise, CellDecoder.HashCell(noise));

            Assert.Equal(BundleCodec.None, result.Codec);
            Assert.Equal(ChunkHeader.Size + Cell, result.PayloadLength);
        }
    }

    [Fact, Spec("C-01")]
    public void Encode_EveryShortLength_IsNeverLongerThanRaw()
    {
        foreach (BundleCodec codec in (BundleCodec[])[BundleCodec.Lz4, BundleCodec.Zstd])
        {
            using var encoder = new CellEncoder(codec, 1, verify: true, Cell, Buffers(codec));
            for (int length = 1; length < 70; length++)
            {
                ReadOnlySpan<byte> raw = Enumerable.Repeat((byte)3, length).ToArray();
                CellResult result = encoder.EncodeData(0, 0, raw, CellDecoder.HashCell(raw));
                int encoded = result.PayloadLength - ChunkHeader.Size;
                Assert.True(result.Codec == BundleCodec.None ? encoded == length : encoded < length);
            }
        }
    }

    private static BufferPool Buffers(BundleCodec codec) => new(CellEncoder.ChunkBufferSize(codec, Cell));

    private sealed class LyingCodec(int place) : CellCodec
    {
        public override int TryEncode(BundleCodec codec, int level, ReadOnlySpan<byte> raw, Span<byte> target)
        {
            int length = base.TryEncode(codec, level, raw, target);
            if (place % 10 == 9)
            {
                return length - 1 - (place / 10);
            }

            target[(place * 7) % length] ^= 0x40;
            return length;
        }
    }
}
