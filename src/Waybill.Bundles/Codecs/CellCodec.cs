using Waybill.Bundles.Format;

namespace Waybill.Bundles.Codecs;

/// <summary>Encodes and decodes cells, spec 4.5. Holds the codec's own working memory, so one instance serves one thread at a time.</summary>
internal class CellCodec : IDisposable
{
    private Lz4Encoder? _lz4Encoder;
    private ZstdSharp.Compressor? _zstdCompressor;
    private ZstdSharp.Decompressor? _zstdDecompressor;

    /// <summary>Gets the largest target any codec may need before it is known whether it pays.</summary>
    public static int MaxEncodedLength(BundleCodec codec, int rawLength) => codec switch
    {
        BundleCodec.Zstd => ZstdSharp.Compressor.GetCompressBound(rawLength),
        _ => rawLength,
    };

    /// <summary>Encodes into <paramref name="target"/>.</summary>
    /// <returns>The encoded length, or -1 if encoding did not make the input shorter.</returns>
    public virtual int TryEncode(BundleCodec codec, int level, ReadOnlySpan<byte> raw, Span<byte> target)
    {
        int length = codec switch
        {
            BundleCodec.Lz4 => (_lz4Encoder ??= new Lz4Encoder()).TryEncode(raw, target),
            BundleCodec.Zstd => EncodeZstd(level, raw, target),
            _ => -1,
        };
        return length > 0 && length < raw.Length ? length : -1;
    }

    /// <summary>Decodes; the result has exactly the length of <paramref name="raw"/> or an error is thrown (C-03).</summary>
    public void Decode(BundleCodec codec, ReadOnlySpan<byte> encoded, Span<byte> raw, long place)
    {
        switch (codec)
        {
            case BundleCodec.None:
                encoded.CopyTo(raw);
                return;
            case BundleCodec.Lz4:
                if (!Lz4Decoder.TryDecode(encoded, raw))
                {
                    throw Failed(place);
                }

                return;
            case BundleCodec.Zstd:
                DecodeZstd(encoded, raw, place);
                return;
            default:
                throw Failed(place);
        }
    }

    public void Dispose()
    {
        _zstdCompressor?.Dispose();
        _zstdDecompressor?.Dispose();
    }

    private int EncodeZstd(int level, ReadOnlySpan<byte> raw, Span<byte> target)
    {
        _zstdCompressor ??= new ZstdSharp.Compressor(level);
        return _zstdCompressor.TryWrap(raw, target, out int written) ? written : -1;
    }

    private void DecodeZstd(ReadOnlySpan<byte> encoded, Span<byte> raw, long place)
    {
        if (_zstdDecompressor is null)
        {
            _zstdDecompressor = new ZstdSharp.Decompressor();
            _zstdDecompressor.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, BundleFormat.MaxZstdWindowLog);
        }

        try
        {
            if (ZstdFrame.IsSingleFrame(encoded) && _zstdDecompressor.TryUnwrap(encoded, raw, out int written) && written == raw.Length)
            {
                return;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Failed(place, e);
        }

        throw Failed(place);
    }

    private static BundleFormatException Failed(long place, Exception? cause = null) =>
        new(WaybillErrorCode.CodecFailed, "A chunk's compressed data cannot be decoded", cause) { Offset = place };
}
