using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>No key meets a nonce twice, whatever happens to writers.</summary>
public sealed class NonceTests
{
    [Fact]
    [Spec("E-13")]
    public async Task WritersThatCrashAndStartAgain_NeverUseAKeyAndNonceTwice()
    {
        var seen = new HashSet<(BundleId, SealScope, UInt128, long Epoch, long Sequence)>();
        var id = BundleId.New();
        for (int run = 0; run < 300; run++)
        {
            BundleWriterOptions options = SealLab.Options(BundleCodec.None);
            options.BundleId = id;
            var output = new DyingStream(8_000 + (run * 331 % 90_000));
            try
            {
                options.LeaveOpen = true;
                await using BundleWriter writer = await BundleWriter.CreateAsync(output, new BundleDescription(Lab.Application), null, options);
                await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(Lab.Noise(90_000, run))));
                await writer.CompleteAsync();
            }
            catch (WaybillException)
            {
                // The run died; the next one begins anew under the same id.
            }

            foreach (SealedRecord record in SealedRecord.In(output.ToArray()))
            {
                Assert.True(seen.Add((id, record.Prefix.Scope, record.Prefix.RunSalt, record.Sequence >> 20, record.Sequence)), $"run {run} used a key and nonce again");
            }
        }

        Assert.True(seen.Count > 600, $"only {seen.Count} records");
    }

    [Fact]
    [Spec("E-13")]
    public void AMillionResumes_HaveSaltsOfTheirOwn()
    {
        using var keys = BundleKeys.FromFileKey(BundleId.New(), SealSuite.AesGcm, Lab.Noise(32, 1));
        var salts = new HashSet<UInt128>();
        for (int i = 0; i < 1_000_000; i++)
        {
            var sealer = new RecordSealer(new RecordCipher(keys));
            Assert.True(salts.Add(sealer.Runs[0].Salt));
        }
    }

    [Fact]
    [Spec("E-13")]
    public void SealingOneNumberTwice_IsRefused()
    {
        using var sealer = RecordSealer.Create(BundleId.New(), SealLab.Encryption())!;
        var header = new RecordHeader(RecordType.Chunk, RecordFlags.Critical | RecordFlags.Encrypted, 100, 0, 7, 4096, 1);
        sealer.Seal(header, SealScope.Data, new byte[100]);

        Assert.Throws<InvalidOperationException>(() => sealer.Seal(header, SealScope.Data, new byte[100]));
    }

    [Fact]
    [Spec("E-11")]
    public void KeysChange_EveryMillionRecords_AndOpenOnBothSides()
    {
        using var cipher = new RecordCipher(BundleKeys.FromFileKey(BundleId.New(), SealSuite.AesGcm, Lab.Noise(32, 1)));
        var sealedPayloads = new List<byte[]>();
        foreach (long sequence in (long[])[(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5L << 20, 1L << 40])
        {
            var header = new RecordHeader(RecordType.Chunk, RecordFlags.Encrypted, 140, 0, sequence, 4096, 1);
            var payload = new byte[140];
            cipher.Seal(header, new SealPrefix(SealScope.Data, 1), payload);
            sealedPayloads.Add((byte[])payload.Clone());
            cipher.Open(header, payload, 0);
            Assert.False(payload.AsSpan(24, 100).ContainsAnyExcept((byte)0));
            Assert.Throws<BundleFormatException>(() => cipher.Open(header with { Sequence = sequence + (1 << 20) }, (byte[])sealedPayloads[^1].Clone(), 0));
        }

        Assert.Equal(sealedPayloads.Count, sealedPayloads.Select(p => Convert.ToHexString(p, 24, 32)).Distinct().Count());
    }

    private sealed record SealedRecord(SealPrefix Prefix, long Sequence)
    {
        /// <summary>Lists the whole sealed records of a bundle that may have been cut.</summary>
        public static IEnumerable<SealedRecord> In(byte[] bytes)
        {
            for (int at = Preamble.Size; at + RecordHeader.Size <= bytes.Length && RecordHeader.TryRead(bytes.AsSpan(at), out RecordHeader header) && header.NextOffset <= bytes.Length; at = (int)header.NextOffset)
            {
                if (header.IsSealed)
                {
                    yield return new SealedRecord(SealPrefix.Read(bytes.AsSpan(at + RecordHeader.Size, header.PayloadLength), at), header.Sequence);
                }
            }
        }
    }

    /// <summary>A disk that fails after so many bytes.</summary>
    private sealed class DyingStream(long room) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Length + buffer.Length > room)
            {
                Write(buffer.Span[..(int)(room - Length)]);
                throw new IOException("the disk died");
            }

            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
