using System.Runtime.CompilerServices;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>What a volume costs in memory depends on neither its size nor on what it holds.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class MemoryCeilingTests
{
    private const long Tebibyte = 1L << 40;
    private const int PieceLength = 4_096;
    private const int Pieces = 300;

    // Two workers, ten cells of 1 MiB for each, and room for what the runtime itself keeps.
    private const long Ceiling = 40L << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SparseTebibyte_BackedUpTwiceVerifiedMergedAndRestored_StaysBelowTheCeiling(bool listed)
    {
        (long, byte[])[] before = [.. Enumerable.Range(0, Pieces).Select(i => (Place(i), Lab.Noise(PieceLength, i)))];
        (long, byte[])[] after = [.. before];
        var changed = new List<ByteRange>();
        for (int i = 5; i < Pieces; i += 10)
        {
            after[i] = (Place(i), Lab.Noise(PieceLength, i + Pieces));
            changed.Add(new ByteRange(Place(i), PieceLength));
        }

        var meter = new Meter();
        byte[] full = await WriteAsync(meter, before, null);
        byte[] incremental = await WriteAsync(meter, after, listed ? changed : null, full);
        Assert.InRange(full.Length, Pieces * PieceLength, 4 * Pieces * PieceLength);
        Assert.InRange(incremental.Length, Pieces / 10 * PieceLength, Pieces / 2 * PieceLength);

        await using BundleChain chain = await Lab.OpenChainAsync(incremental, full);
        VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned, meter);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
        var merged = new MemoryStream();
        await BundleMerger.MergeAsync(chain.Bundles, merged, new BundleWriterOptions { Workers = 2, LeaveOpen = true }, meter);

        foreach (byte[][] restored in (byte[][][])[[incremental, full], [merged.ToArray()]])
        {
            await using BundleChain opened = await Lab.OpenChainAsync(restored);
            await using BlockReader content = opened.OpenStream(StreamKind.BlockVolume, Lab.Volume);
            var target = new CheckingWriter(after);
            await VolumeRestorer.RestoreAsync(content, target, new VolumeRestoreOptions { Workers = 2 }, Lab.Volume, meter);
            Assert.Equal(Pieces, target.PiecesSeen);
        }

        Assert.True(meter.Samples > 20, "memory was hardly ever measured");
        Assert.True(meter.Peak < Ceiling, $"{meter.Peak >> 10} KiB were in use at the same time, more than {Ceiling >> 10}");
    }

    // Each in a cell of its own, over the whole length, the first and the last cell among them.
    private static long Place(int i) => i * ((Tebibyte - (1 << 20)) / (Pieces - 1)) / PieceLength * PieceLength;

    private static async Task<byte[]> WriteAsync(Meter meter, (long, byte[])[] pieces, IReadOnlyList<ByteRange>? changed, params byte[][] chain)
    {
        await using BundleChain? parent = chain.Length == 0 ? null : await Lab.OpenChainAsync(chain);
        var request = new VolumeRequest(Lab.Volume, new SparseBlockReader(Tebibyte, pieces)) { ChangedRanges = changed };
        return await Lab.WriteAsync(w => w.AddVolumeAsync(request, meter), new BundleWriterOptions { Workers = 2 }, parent);
    }

    /// <summary>Measures what is in use whenever there is progress, though not so often that it takes for ever.</summary>
    private sealed class Meter : IProgress<BundleProgress>
    {
        private readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
        private int _calls;

        public long Peak { get; private set; }

        public int Samples { get; private set; }

        [MethodImpl(MethodImplOptions.Synchronized)]
        public void Report(BundleProgress value)
        {
            if (_calls++ % 20 == 0)
            {
                Samples++;
                Peak = Math.Max(Peak, GC.GetTotalMemory(forceFullCollection: true) - _before);
            }
        }
    }

    /// <summary>Takes a volume that starts as zeros, and compares instead of keeping it.</summary>
    private sealed class CheckingWriter((long Offset, byte[] Bytes)[] expected) : BlockWriter
    {
        private readonly Dictionary<long, byte[]> _expected = expected.ToDictionary(p => p.Offset, p => p.Bytes);
        private int _seen;

        public int PiecesSeen => _seen;

        public override long Length => Tebibyte;

        public override bool StartsZeroed => true;

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Assert.Equal(_expected[offset], source.ToArray());
            Interlocked.Increment(ref _seen);
            return ValueTask.CompletedTask;
        }

        public override ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
