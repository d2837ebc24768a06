using System.Buffers.Binary;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>What someone can try who holds the file and no key, repairing every checksum afterwards.</summary>
public sealed class TamperingTests
{
    private static readonly WaybillErrorCode[] s_authenticity = [WaybillErrorCode.HeaderNotAuthentic, WaybillErrorCode.RecordNotAuthentic];

    [Fact]
    [Spec("E-11")]
    [Spec("E-12")]
    [Spec("E-04")]
    [Spec("E-03")]
    public async Task AnyByteChanged_AndAllChecksumsRepaired_IsRefused()
    {
        byte[] bundle = await SealLab.RichAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(bundle);
        for (int at = 0; at < bundle.Length; at += at < 9000 || at > bundle.Length - 6000 ? 7 : 997)
        {
            byte[] changed = (byte[])bundle.Clone();
            changed[at] ^= 0x21;
            Repair(changed, records);
            if (changed.AsSpan().SequenceEqual(bundle))
            {
                // A byte of a checksum: repaired.
                continue;
            }

            VerificationReport? report = await TryVerifyAsync(changed);
            Assert.True(report is null || report.Problem is not null, $"byte {at} was changed and nothing noticed");
        }
    }

    [Fact]
    [Spec("E-11")]
    public async Task EveryBitOfTheTagAndOfTheSealOfARecord_Counts()
    {
        byte[] bundle = await SealLab.RichAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(bundle);
        MappedRecord chunk = records.First(r => r.Header.Type == RecordType.Chunk);
        int[] places = [.. Enumerable.Range(chunk.PayloadStart, 24), .. Enumerable.Range(chunk.End - 16, 16)];
        foreach (int bit in places.SelectMany(p => Enumerable.Range(0, 8).Select(b => (p * 8) + b)))
        {
            byte[] changed = (byte[])bundle.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Repair(changed, records);

            await MustNotBeAuthenticAsync(changed, $"bit {bit}");
        }
    }

    [Fact]
    [Spec("E-11")]
    public async Task TwoRecordsOfOneLength_CannotBeSwapped()
    {
        byte[] bundle = await Lab.FullAsync(Lab.Noise(400_000, 5), SealLab.Options(BundleCodec.None));
        MappedRecord[] chunks = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk).Take(3)];
        Assert.Equal(chunks[0].Payload.Length, chunks[1].Payload.Length);
        byte[] swapped = (byte[])bundle.Clone();
        chunks[0].Payload.CopyTo(swapped, chunks[1].PayloadStart);
        chunks[1].Payload.CopyTo(swapped, chunks[0].PayloadStart);
        Repair(swapped, BundleMap.Of(bundle));

        await MustNotBeAuthenticAsync(swapped, "swapped");
    }

    [Fact]
    [Spec("E-11")]
    public async Task RecordOfAnOlderBundleOfTheSameKeysAndPlace_CannotBeReplayed()
    {
        BundleWriterOptions options = SealLab.Options(BundleCodec.None);
        options.BundleId = BundleId.New();
        byte[] older = await Lab.FullAsync(Lab.Noise(400_000, 5), options);
        byte[] newer = await Lab.FullAsync(Lab.Noise(400_000, 6), options);
        IReadOnlyList<MappedRecord> records = BundleMap.Of(newer);
        foreach (RecordType type in (RecordType[])[RecordType.Chunk, RecordType.Prologue, RecordType.StreamBegin, RecordType.Tile, RecordType.Layout, RecordType.Manifest])
        {
            MappedRecord target = records.First(r => r.Header.Type == type);
            MappedRecord source = BundleMap.First(older, type);
            if (source.Payload.Length != target.Payload.Length)
            {
                continue;
            }

            byte[] replayed = (byte[])newer.Clone();
            source.Payload.CopyTo(replayed, target.PayloadStart);
            Repair(replayed, records);
            await MustNotBeAuthenticAsync(replayed, $"{type} replayed");
        }
    }

    [Fact]
    [Spec("E-01")]
    [Spec("E-11")]
    public async Task RecordDropped_OrRepeated_OrMoved_IsRefused()
    {
        byte[] bundle = await Lab.FullAsync(Lab.Noise(400_000, 5), SealLab.Options(BundleCodec.None));
        List<byte[]> parts = Split(bundle, out byte[] head, out byte[] trailer);
        int chunk = BundleMap.Of(bundle).ToList().FindIndex(r => r.Header.Type == RecordType.Chunk);

        foreach ((string what, Action<List<byte[]>> change) in (ValueTuple<string, Action<List<byte[]>>>[])
            [("dropped", p => p.RemoveAt(chunk + 1)), ("repeated", p => p.Insert(chunk + 1, p[chunk])), ("moved", p => (p[chunk], p[chunk + 1]) = (p[chunk + 1], p[chunk])),
                ("envelope copy dropped", p => p.RemoveAt(p.Count - 1))])
        {
            List<byte[]> changed = [.. parts];
            change(changed);
            byte[] joined = Join(head, changed, trailer);

            VerificationReport? report = await TryVerifyAsync(joined);
            Assert.True(report is null || report.Problem is not null, what);
        }
    }

    [Fact]
    [Spec("E-04")]
    public async Task RecipientRemovedOrAddedWithoutAKey_IsRefused()
    {
        byte[] bundle = await SealLab.RichAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(bundle);
        foreach (Action<Wire.Envelope> change in (Action<Wire.Envelope>[])
            [e => e.Recipients.RemoveAt(1), e => e.Recipients.Add(e.Recipients[0].Clone()), e => e.Recipients[2].Scopes = 3, e => e.Recipients[1].KeyId = Google.Protobuf.ByteString.CopyFrom(1, 2),
                e => e.PublicTags.Add(new Wire.Tag { Key = "fake", Text = "x", Sensitivity = Wire.Sensitivity.Public }), e => e.HeadDigest = Google.Protobuf.ByteString.CopyFrom(new byte[32]),
                e => e.DataCommitment = e.MetaCommitment])
        {
            byte[] changed = (byte[])bundle.Clone();
            foreach (MappedRecord record in records.Where(r => r.Header.Type is RecordType.Envelope or RecordType.EnvelopeCopy))
            {
                ChangeEnvelope(changed.AsSpan(record.PayloadStart, record.Payload.Length), change);
            }

            Repair(changed, records);
            await MustNotBeAuthenticAsync(changed, "envelope");
            Assert.Contains((await Assert.ThrowsAsync<BundleFormatException>(() => SealLab.OpenAsync(changed, SealLab.FullKey))).Code, s_authenticity);
        }
    }

    [Fact]
    [Spec("E-03")]
    public async Task ReadmeAndFeatureWordsChanged_AreNoticed()
    {
        byte[] bundle = await SealLab.RichAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(bundle);
        byte[] readme = (byte[])bundle.Clone();
        readme[records[0].PayloadStart + 3] ^= 1;
        Repair(readme, records);
        await MustNotBeAuthenticAsync(readme, "README");

        byte[] features = (byte[])bundle.Clone();
        features[32 + 3] |= 1;
        features[features.Length - Trailer.Size + 40 + 3] |= 1;
        Repair(features, records);
        Assert.Contains((await Assert.ThrowsAsync<BundleFormatException>(() => SealLab.OpenAsync(features, SealLab.FullKey))).Code, s_authenticity);
    }

    [Fact]
    [Spec("E-10")]
    public async Task RecordMarkedAsNotSealed_OrSealedInAClearBundle_IsRefused()
    {
        byte[] bundle = await SealLab.RichAsync();
        byte[] unmarked = (byte[])bundle.Clone();
        unmarked[BundleMap.First(bundle, RecordType.Prologue).Start + 5] &= 0xFD;
        Repair(unmarked, BundleMap.Of(bundle));
        Assert.Equal(WaybillErrorCode.FramingInvalid, (await TryVerifyAsync(unmarked))!.Problem!.Code);

        byte[] clear = await Lab.FullAsync(Lab.Noise(1000, 1));
        byte[] marked = (byte[])clear.Clone();
        marked[BundleMap.First(clear, RecordType.Prologue).Start + 5] |= 2;
        Repair(marked, BundleMap.Of(clear));
        Assert.Equal(WaybillErrorCode.FramingInvalid, (await TryVerifyAsync(marked))!.Problem!.Code);
    }

    [Fact]
    [Spec("E-01")]
    [Spec("E-06")]
    [Spec("E-09")]
    public async Task EnvelopesThatCostTooMuchOrBreakTheRules_AreRefusedBeforeAnyKeyIsTried()
    {
        byte[] bundle = await SealLab.RichAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(bundle);
        MappedRecord envelope = records.First(r => r.Header.Type == RecordType.Envelope);
        foreach ((WaybillErrorCode code, Action<Wire.Envelope> change) in (ValueTuple<WaybillErrorCode, Action<Wire.Envelope>>[])
            [(WaybillErrorCode.LimitExceeded, e => e.Recipients.Add(Enumerable.Repeat(new Wire.Recipient { Type = 99, Scopes = 7 }, 62))),
                (WaybillErrorCode.ManifestInvalid, e => e.Recipients.Clear()),
                (WaybillErrorCode.ManifestInvalid, e => e.Recipients[0].Scopes = 5),
                (WaybillErrorCode.ManifestInvalid, e => e.Recipients[0].Type = 4),
                (WaybillErrorCode.ManifestInvalid, e => (e.Recipients[0].Type, e.Recipients[1].Type, e.Recipients[2].Type) = (4, 98, 99)),
                (WaybillErrorCode.ManifestInvalid, e => e.HeadDigest = Google.Protobuf.ByteString.CopyFrom(new byte[31])),
                (WaybillErrorCode.UnsupportedFeature, e => e.Suite = 3)])
        {
            byte[] changed = (byte[])bundle.Clone();
            ChangeEnvelope(changed.AsSpan(envelope.PayloadStart, envelope.Payload.Length), change);
            Repair(changed, records);

            Assert.Equal(code, (await TryVerifyAsync(changed))!.Problem!.Code);
        }
    }

    private static void ChangeEnvelope(Span<byte> payload, Action<Wire.Envelope> change)
    {
        Wire.Envelope envelope = Wire.Envelope.Parser.ParseFrom(payload.Slice(8, BinaryPrimitives.ReadInt32LittleEndian(payload)));
        change(envelope);
        byte[] bytes = Google.Protobuf.MessageExtensions.ToByteArray(envelope);
        payload[8..^32].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(payload, bytes.Length);
        bytes.CopyTo(payload[8..]);
    }

    /// <summary>Makes every checksum right again that needs no key.</summary>
    private static void Repair(byte[] bundle, IReadOnlyList<MappedRecord> records)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bundle.AsSpan(60), Crc32C.Compute(bundle.AsSpan(0, 60)));
        foreach (MappedRecord record in records)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bundle.AsSpan(record.Start + 12), Crc32C.Compute(bundle.AsSpan(record.PayloadStart, record.Payload.Length)));
            BinaryPrimitives.WriteUInt32LittleEndian(bundle.AsSpan(record.Start + 36), Crc32C.Compute(bundle.AsSpan(record.Start, 36)));
        }

        Span<byte> trailer = bundle.AsSpan(bundle.Length - Trailer.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[252..], Crc32C.Compute(trailer[..252]));
    }

    private static List<byte[]> Split(byte[] bundle, out byte[] head, out byte[] trailer)
    {
        head = bundle[..Preamble.Size];
        trailer = bundle[^Trailer.Size..];
        return [.. BundleMap.Of(bundle).Select(r => bundle[r.Start..r.Next])];
    }

    /// <summary>Puts records together with new numbers and places, as someone without a key would.</summary>
    private static byte[] Join(byte[] head, List<byte[]> parts, byte[] trailer)
    {
        List<byte> bytes = [.. head];
        for (int i = 0; i < parts.Count; i++)
        {
            byte[] part = (byte[])parts[i].Clone();
            BinaryPrimitives.WriteInt64LittleEndian(part.AsSpan(16), i);
            BinaryPrimitives.WriteInt64LittleEndian(part.AsSpan(24), bytes.Count);
            BinaryPrimitives.WriteUInt32LittleEndian(part.AsSpan(36), Crc32C.Compute(part.AsSpan(0, 36)));
            bytes.AddRange(part);
        }

        byte[] end = (byte[])trailer.Clone();
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(48), bytes.Count + Trailer.Size);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(56), parts.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(252), Crc32C.Compute(end.AsSpan(0, 252)));
        return [.. bytes, .. end];
    }

    private static async Task<VerificationReport?> TryVerifyAsync(byte[] bundle)
    {
        try
        {
            return await SealLab.VerifyAsync(bundle, SealLab.FullKey);
        }
        catch (BundleFormatException e) when (e.Code == WaybillErrorCode.NoMatchingKey)
        {
            // The change made the envelope one for somebody else.
            return null;
        }
    }

    private static async Task MustNotBeAuthenticAsync(byte[] bundle, string what)
    {
        VerificationReport? report = await TryVerifyAsync(bundle);
        Assert.True(report is null || (report.Problem is { } problem && s_authenticity.Contains(problem.Code)), $"{what}: {report?.Problem?.ToString() ?? "valid"}");
    }
}
