using BenchmarkDotNet.Attributes;
using Waybill.Bundles;
using Waybill.Bundles.Codecs;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Writing;

namespace Waybill.Benchmarks;

/// <summary>What each cell goes through, one thread, half text and half noise. Read as ratios to <see cref="Hash"/>.</summary>
public class PrimitiveBenchmarks : IDisposable
{
    private const int CellSize = 1024 * 1024;

    private readonly byte[] _cell = new byte[CellSize];
    private readonly byte[] _decoded = new byte[CellSize];
    private readonly byte[] _encoded = new byte[CellCodec.MaxEncodedLength(BundleCodec.Lz4, CellSize) + CellSize];
    private readonly CellCodec _codec = new();
    private int _lz4Length;

    /// <summary>Fills the cell.</summary>
    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_cell.AsSpan(CellSize / 2));
        for (int i = 0; i < CellSize / 2; i++)
        {
            _cell[i] = (byte)("the quick brown fox jumps over the lazy dog "[i % 44] + (i / 1000 % 3));
        }

        _lz4Length = _codec.TryEncode(BundleCodec.Lz4, 1, _cell, _encoded);
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _codec.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public Digest Hash() => CellDecoder.HashCell(_cell);

    [Benchmark]
    public uint Checksum() => Crc32C.Compute(_cell);

    [Benchmark]
    public bool ZeroScan() => CellEncoder.IsZero(_decoded);

    [Benchmark]
    public int EncodeLz4() => _codec.TryEncode(BundleCodec.Lz4, 1, _cell, _encoded);

    [Benchmark]
    public int EncodeZstd() => _codec.TryEncode(BundleCodec.Zstd, 1, _cell, _encoded);

    [Benchmark]
    public void DecodeLz4() => _codec.Decode(BundleCodec.Lz4, _encoded.AsSpan(0, _lz4Length), _decoded, 0);
}
