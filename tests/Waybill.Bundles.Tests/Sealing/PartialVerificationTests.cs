using System.Buffers.Binary;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Reading;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Signing;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>Verification with a key that opens a part: that part is checked, of the rest how it is stored, and the report says so.</summary>
public sealed class PartialVerificationTests(DeepVolume deep) : IClassFixture<DeepVolume>
{
    [Fact]
    [Spec("E-11")]
    public async Task MetadataKey_ChecksManifestAndDefinitions_AndSaysWhatItDidNot()
    {
        VerificationReport report = await SealLab.VerifyAsync(await SealLab.RichAsync(), SealLab.MetaKey);

        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.False(report.IsContentVerified);
        Assert.Equal(KeyScopes.Metadata, report.Scopes);
        Assert.Equal([StreamKind.BlockVolume, StreamKind.Bytes, StreamKind.Secrets], report.UncheckedStreams.Select(s => s.Kind));
        Assert.Contains(report.Manifest!.Tags, t => t.Key == "PLAINTEXT-KEY");
        Assert.Equal(1, report.Cells);
    }

    [Fact]
    [Spec("E-11")]
    public async Task DataKey_ChecksEverythingButSecrets_AndSaysSo()
    {
        VerificationReport report = await SealLab.VerifyAsync(await SealLab.RichAsync(), SealLab.DataKey);

        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.False(report.IsContentVerified);
        Assert.Equal(KeyScopes.Data, report.Scopes);
        Assert.Equal([StreamKind.Secrets], report.UncheckedStreams.Select(s => s.Kind));
        VerificationReport full = await SealLab.VerifyAsync(await SealLab.RichAsync(), SealLab.FullKey);
        Assert.Equal(full.Cells - 1, report.Cells);
    }

    [Fact]
    public async Task FullKey_OrOneForAllThereIs_VerifiesTheContent()
    {
        VerificationReport full = await SealLab.VerifyAsync(await SealLab.RichAsync(), SealLab.FullKey);
        VerificationReport data = await SealLab.VerifyAsync(await Lab.FullAsync(Lab.MixedVolume(200_000), SealLab.Options()), SealLab.DataKey);
        VerificationReport clear = await SealLab.VerifyAsync(await Lab.FullAsync(Lab.MixedVolume(200_000)));

        Assert.All([full, data, clear], report => Assert.True(report.IsContentVerified, report.Problem?.ToString()));
        Assert.Equal((KeyScopes.All, KeyScopes.Data, KeyScopes.All), (full.Scopes, data.Scopes, clear.Scopes));
    }

    [Fact]
    public async Task StorageWithoutAKey_DoesNotCountAsContent()
    {
        byte[] bundle = await SealLab.RichAsync();

        VerificationReport report = await BundleVerifier.VerifyStorageAsync(new MemoryStream(bundle), "memory.waybill", TrustPolicy.AcceptUnsigned);

        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.Equal(KeyScopes.None, report.Scopes);
        Assert.False(report.IsContentVerified);
    }

    [Fact]
    public async Task DamageInWhatTheKeyDoesNotOpen_IsFoundByItsChecksum()
    {
        byte[] bundle = await SealLab.RichAsync();
        foreach ((BundleKey key, byte scope) in (ValueTuple<BundleKey, byte>[])[(SealLab.MetaKey, 2), (SealLab.MetaKey, 4), (SealLab.DataKey, 4)])
        {
            foreach (MappedRecord record in Sealed(bundle, scope))
            {
                VerificationReport report = await SealLab.VerifyAsync(BundleMap.Damage(bundle, record), key);

                Assert.Equal(WaybillErrorCode.RecordDamaged, report.Problem?.Code);
                Assert.Equal(record.Start, report.Problem!.Offset);
            }
        }
    }

    [Fact]
    public async Task ContentExchangedWithGoodChecksums_IsFoundByAKeyThatOpensIt_NotByAnother()
    {
        byte[] bundle = await SealLab.RichAsync();
        byte[] changed = Change(bundle, Sealed(bundle, 4).First(), payload => payload[30] ^= 1);

        Assert.Equal(WaybillErrorCode.RecordNotAuthentic, (await SealLab.VerifyAsync(changed, SealLab.FullKey)).Problem?.Code);
        VerificationReport report = await SealLab.VerifyAsync(changed, SealLab.DataKey);
        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.False(report.IsContentVerified);
    }

    [Fact]
    [Spec("E-11")]
    public async Task SealThatCannotBe_IsFoundWithoutItsKey()
    {
        byte[] bundle = await SealLab.RichAsync();
        MappedRecord chunk = Sealed(bundle, 2).First(r => r.Header.Type == RecordType.Chunk);
        foreach ((WaybillErrorCode code, Action<byte[]> change) in (ValueTuple<WaybillErrorCode, Action<byte[]>>[])
            [(WaybillErrorCode.RecordOutOfOrder, p => p[0] = 4), (WaybillErrorCode.RecordNotAuthentic, p => p[0] = 8), (WaybillErrorCode.RecordNotAuthentic, p => p[3] = 1),
                (WaybillErrorCode.RecordNotAuthentic, p => p[0] = 1), (WaybillErrorCode.RecordNotAuthentic, p => p[10] ^= 1)])
        {
            VerificationReport report = await SealLab.VerifyAsync(Change(bundle, chunk, change), SealLab.MetaKey);

            Assert.Equal(code, report.Problem?.Code);
        }
    }

    [Fact]
    [Spec("M-28")]
    public async Task RecordRelabelled_IsFoundByIndexOrLayout()
    {
        byte[] bundle = await SealLab.RichAsync();
        foreach ((RecordType type, RecordType label, WaybillErrorCode code) in (ValueTuple<RecordType, RecordType, WaybillErrorCode>[])
            [(RecordType.Tile, RecordType.Chunk, WaybillErrorCode.LeavesInvalid), (RecordType.Chunk, RecordType.Tile, WaybillErrorCode.LeavesInvalid),
                (RecordType.Chunk, RecordType.Runs, WaybillErrorCode.ManifestInvalid)])
        {
            MappedRecord record = Sealed(bundle, 2).First(r => r.Header.Type == type);
            byte[] changed = (byte[])bundle.Clone();
            changed[record.Start + 4] = (byte)label;
            Repair(changed, record);

            Assert.Equal(code, (await SealLab.VerifyAsync(changed, SealLab.MetaKey)).Problem?.Code);
        }
    }

    [Fact]
    [Spec("M-27")]
    [Spec("M-28")]
    public async Task MetadataKey_ChecksTheNodesOfADeepIndex_AndThatTheirTilesAreThere()
    {
        byte[] bundle = await SealedAsync(deep.Incremental);
        Assert.Equal(2, deep.Stream.IndexLevel);

        VerificationReport report = await SealLab.VerifyAsync(bundle, SealLab.MetaKey);
        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.Single(report.UncheckedStreams);

        MappedRecord[] tiles = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Tile)];
        foreach (int tile in (int[])[0, 255, 256, 511, tiles.Length - 1])
        {
            MappedRecord record = tiles[tile];
            byte[] changed = (byte[])bundle.Clone();
            changed[record.Start + 4] = (byte)RecordType.Runs;
            Repair(changed, record);
            WaybillException? problem = (await SealLab.VerifyAsync(changed, SealLab.MetaKey)).Problem;
            Assert.True(problem?.Code is WaybillErrorCode.LeavesInvalid or WaybillErrorCode.RecordOutOfOrder, $"tile {tile}: {problem}");
        }
    }

    [Fact]
    public async Task Chain_WithAMetadataKey_ChecksLinksAndSaysThatContentWasNot()
    {
        byte[] monday = Lab.MixedVolume(300_000);
        byte[] tuesday = (byte[])monday.Clone();
        Lab.Noise(900, 9).CopyTo(tuesday, 130_000);
        byte[] full = await Lab.FullAsync(monday, SealLab.Options());
        byte[] incremental;
        await using (BundleChain parent = await SealLab.OpenChainAsync(SealLab.FullKey, full))
        {
            incremental = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(tuesday))), SealLab.Options(), parent);
        }

        await using BundleChain chain = await SealLab.OpenChainAsync(SealLab.MetaKey, incremental, full);
        VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned);

        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.True(report.ParentsChecked);
        Assert.False(report.IsContentVerified);
        Assert.Single(report.Parents[0].UncheckedStreams);
        await using BundleChain opened = await SealLab.OpenChainAsync(SealLab.DataKey, incremental, full);
        Assert.True((await BundleVerifier.VerifyAsync(opened, TrustPolicy.AcceptUnsigned)).IsContentVerified);
    }

    [Fact]
    public async Task Signing_WithAKeyThatDoesNotOpenEverything_IsRefused()
    {
        byte[] bundle = await SealLab.RichAsync();
        using BundleSigner signer = SigningLab.NewSigner();

        BundleFormatException error = await Assert.ThrowsAsync<BundleFormatException>(() =>
            BundleSigning.SignDetachedAsync(new MemoryByteSource(bundle), [signer], SealLab.Reading(SealLab.DataKey)));
        Assert.Equal(WaybillErrorCode.ScopeMissing, error.Code);
    }

    private static IEnumerable<MappedRecord> Sealed(byte[] bundle, byte scope) => BundleMap.Of(bundle).Where(r => r.Header.IsSealed && r.Payload[0] == scope);

    private static async Task<byte[]> SealedAsync(byte[] bundle)
    {
        var output = new MemoryStream();
        await BundleRewriter.ReencryptAsync(new MemoryByteSource(bundle), output, SealLab.Encryption(), SealLab.Reading());
        return output.ToArray();
    }

    /// <summary>Changes a payload and makes its checksums right again.</summary>
    private static byte[] Change(byte[] bundle, MappedRecord record, Action<byte[]> change)
    {
        byte[] payload = (byte[])record.Payload.Clone();
        change(payload);
        byte[] changed = (byte[])bundle.Clone();
        payload.CopyTo(changed, record.PayloadStart);
        Repair(changed, record);
        return changed;
    }

    private static void Repair(byte[] bundle, MappedRecord record)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bundle.AsSpan(record.Start + 12), Crc32C.Compute(bundle.AsSpan(record.PayloadStart, record.Payload.Length)));
        BinaryPrimitives.WriteUInt32LittleEndian(bundle.AsSpan(record.Start + 36), Crc32C.Compute(bundle.AsSpan(record.Start, 36)));
    }
}
