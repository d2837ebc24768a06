using System.Security.Cryptography;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Sealing;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Signatures through writer, readers, verification and rewrites.</summary>
public sealed class SignedBundleTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly BundleSigner _signer;
    private readonly BundleSigner _other;

    public SignedBundleTests()
    {
        _signer = BundleSigner.FromPrivateKey(_key);
        _other = BundleSigner.FromPrivateKey(_otherKey);
    }

    private TrustPolicy Trust => TrustPolicy.RequireSignature([_signer.PublicKey]);

    public void Dispose()
    {
        _signer.Dispose();
        _other.Dispose();
        _key.Dispose();
        _otherKey.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("S-02")]
    [Spec("S-06")]
    public async Task SignedBundle_IsValidToEveryReader(bool encrypted)
    {
        byte[] bundle = await SignedAsync(encrypted);

        VerificationReport report = await VerifyAsync(bundle, Trust.WithStatements(StatementKinds.All));
        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.Equal((SignatureOutcome.Valid, SignatureOutcome.Valid, SignatureOutcome.Valid), (report.Signatures!.Outcome, report.Signatures.Content, report.Signatures.Storage!.Value));
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(bundle), Trust, Keys);
        Assert.Equal(SignatureOutcome.Valid, reader.Signatures.Content);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(new MemoryByteSource(bundle), Trust, Keys), null);
        Assert.True((await BundleVerifier.VerifyAsync(chain, Trust)).IsValid);
        await using var stream = new BundleStreamReader(new MemoryStream(bundle), Trust, Keys);
        while (await stream.ReadAsync() is not null)
        {
        }

        Assert.Equal(SignatureOutcome.Valid, stream.Signatures!.Content);
    }

    [Fact]
    [Spec("S-04")]
    public async Task Unsigned_Untrusted_AndInvalid_AreToldApart_AndNonePasses()
    {
        byte[] unsigned = await Lab.FullAsync(Lab.Noise(100_000, 1));
        byte[] signed = await SignedAsync(false);
        byte[] another = await SignedAsync(false);

        await MustBeAsync(unsigned, Trust, SignatureOutcome.Unsigned, WaybillErrorCode.SignatureMissing);
        await MustBeAsync(signed, TrustPolicy.RequireSignature([_other.PublicKey]), SignatureOutcome.Untrusted, WaybillErrorCode.SignerUntrusted);
        byte[] transplanted = Rebuild(another, [.. Split(another).Where(p => TypeOf(p) != RecordType.Signature), .. Split(signed).Where(p => TypeOf(p) == RecordType.Signature)]);
        await MustBeAsync(transplanted, Trust, SignatureOutcome.Invalid, WaybillErrorCode.SignatureInvalid);
        byte[] stripped = Rebuild(signed, [.. Split(signed).Where(p => TypeOf(p) != RecordType.Signature)]);
        await MustBeAsync(stripped, Trust, SignatureOutcome.Unsigned, WaybillErrorCode.SignatureMissing);
    }

    [Fact]
    public async Task AcceptUnsigned_TakesUnsignedAndForeign_ButNotAContradiction()
    {
        byte[] signed = await SignedAsync(false);
        byte[] another = await SignedAsync(false);
        Assert.True((await VerifyAsync(await Lab.FullAsync(Lab.Noise(1000, 1)), TrustPolicy.AcceptUnsigned)).IsValid);
        Assert.True((await VerifyAsync(signed, TrustPolicy.AcceptUnsigned)).IsValid);
        byte[] transplanted = Rebuild(another, [.. Split(another).Where(p => TypeOf(p) != RecordType.Signature), .. Split(signed).Where(p => TypeOf(p) == RecordType.Signature)]);

        Assert.Equal(WaybillErrorCode.SignatureInvalid, (await VerifyAsync(transplanted, TrustPolicy.AcceptUnsigned)).Problem!.Code);
    }

    [Fact]
    [Spec("S-02")]
    public async Task StoredBytesChanged_WithoutTouchingContent_BreakTheStorageStatementOnly()
    {
        byte[] signed = await SignedAsync(false);
        IReadOnlyList<byte[]> parts = Split(signed);
        byte[] padded = Rebuild(signed, parts.SelectMany((p, i) => TypeOf(p) == RecordType.StreamBegin ? [Record(RecordType.Pad, [1, 2, 3]), p] : new[] { p }), dropStoredRoot: true);

        // The tile names places that have moved, so content cannot be read at random; what a front-to-back reader says of the statements is what counts here.
        VerificationReport report = await VerifyAsync(padded, Trust.WithStatements(StatementKinds.All));
        Assert.False(report.IsValid);
    }

    [Fact]
    public async Task ContentStatement_OutlivesReencryptAndRewrap_AStorageStatementDoesNot()
    {
        byte[] signed = await SignedAsync(true);
        var reencrypted = new MemoryStream();
        await BundleRewriter.ReencryptAsync(new MemoryByteSource(signed), reencrypted, null, Keys);
        var rewrapped = new MemoryStream();
        await BundleRewriter.RewrapAsync(new MemoryByteSource(signed), rewrapped, [SealLab.FullRecipient], Keys);

        foreach (byte[] copy in (byte[][])[reencrypted.ToArray(), rewrapped.ToArray()])
        {
            VerificationReport report = await VerifyAsync(copy, Trust);
            Assert.True(report.IsValid, report.Problem?.ToString());
            Assert.Equal(SignatureOutcome.Unsigned, report.Signatures!.Storage);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("S-05")]
    public async Task SigningLater_InsideOrBeside_GivesTheSameStanding(bool encrypted)
    {
        byte[] bundle = await Lab.FullAsync(Lab.MixedVolume(300_000), encrypted ? SealLab.Options() : Lab.SmallCells());
        var output = new MemoryStream();
        await BundleSigning.SignAsync(new MemoryByteSource(bundle), output, [_signer], Keys);
        TrustPolicy both = Trust.WithStatements(StatementKinds.All);
        VerificationReport inside = await VerifyAsync(output.ToArray(), both);
        Assert.True(inside.IsValid, inside.Problem?.ToString());

        IReadOnlyList<SignedStatement> statements = await BundleSigning.SignDetachedAsync(new MemoryByteSource(bundle), [_signer], Keys);
        BundleReaderOptions options = Keys;
        options.DetachedStatements = statements;
        VerificationReport beside = await BundleVerifier.VerifyAsync(new MemoryStream(bundle), "memory.waybill", both, options);
        Assert.True(beside.IsValid, beside.Problem?.ToString());
    }

    [Fact]
    public async Task TwoOfTwo_NeedsBoth()
    {
        byte[] one = await SignedAsync(false);
        var output = new MemoryStream();
        await BundleSigning.SignAsync(new MemoryByteSource(one), output, [_other], Keys);
        TrustPolicy both = TrustPolicy.RequireSignature([_signer.PublicKey, _other.PublicKey], threshold: 2);

        Assert.True((await VerifyAsync(output.ToArray(), both)).IsValid);
        Assert.Equal(WaybillErrorCode.SignerUntrusted, (await VerifyAsync(one, both)).Problem!.Code);
    }

    [Fact]
    public async Task VerifiedRange_IsNotReportedAsABundle()
    {
        // S09: a range of a signed bundle reads well, though another cell is damaged; only verification of the whole says so.
        byte[] signed = await SignedAsync(false);
        byte[] damaged = BundleMap.Damage(signed, BundleMap.Of(signed).Last(r => r.Header.Type == RecordType.Chunk));
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(new MemoryByteSource(damaged), Trust, Keys), null);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Assert.Equal(100, await content.ReadAsync(0, new byte[100]));

        VerificationReport report = await BundleVerifier.VerifyAsync(chain, Trust);
        Assert.False(report.IsValid);
        Assert.Null(report.Signatures);
    }

    [Fact]
    public async Task IncrementalThatIsSigned_VouchesForItsParent()
    {
        byte[] monday = Lab.MixedVolume(300_000);
        byte[] tuesday = (byte[])monday.Clone();
        Lab.Noise(900, 9).CopyTo(tuesday, 130_000);
        byte[] full = await Lab.FullAsync(monday);
        await using BundleChain parent = await Lab.OpenChainAsync(full);
        BundleWriterOptions options = Lab.SmallCells();
        options.Signers = [_signer];
        byte[] incremental = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(tuesday))), options, parent);

        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(new MemoryByteSource(incremental), Trust), new MemoryLocator(full));
        Assert.True((await BundleVerifier.VerifyAsync(chain, Trust)).IsValid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("S-06")]
    public async Task SomeoneWithoutAKey_CanProveTheStoredBytes_AndSeesEveryChange(bool encrypted)
    {
        byte[] signed = await SignedAsync(encrypted);
        VerificationReport report = await StorageAsync(signed, Trust);
        Assert.True(report.IsValid, report.Problem?.ToString());
        Assert.Equal(SignatureOutcome.Valid, report.Signatures!.Outcome);
        Assert.Null(report.Manifest);

        foreach (MappedRecord record in BundleMap.Of(signed).Where(r => r.Header.Type < RecordType.Signature && r.Payload.Length > 0))
        {
            byte[] changed = (byte[])signed.Clone();
            changed[record.PayloadStart] ^= 1;
            byte[] repaired = Rebuild(changed, Split(signed).Select((p, i) => Repaired(changed, i)));
            Assert.False((await StorageAsync(repaired, Trust)).IsValid, $"{record.Header.Type} was changed");
        }

        byte[] stripped = Rebuild(signed, Split(signed).Where(p => TypeOf(p) != RecordType.Signature));
        Assert.Equal(WaybillErrorCode.SignatureMissing, (await StorageAsync(stripped, Trust)).Problem!.Code);
        Assert.Equal(WaybillErrorCode.SignerUntrusted, (await StorageAsync(signed, TrustPolicy.RequireSignature([_other.PublicKey]))).Problem!.Code);
    }

    private static Task<VerificationReport> StorageAsync(byte[] bundle, TrustPolicy policy) => BundleVerifier.VerifyStorageAsync(new MemoryStream(bundle), "memory.waybill", policy);

    private static byte[] Repaired(byte[] bundle, int index)
    {
        MappedRecord record = BundleMap.Of(bundle)[index];
        byte[] bytes = bundle[record.Start..record.Next];
        (record.Header with { PayloadCrc = Crc32C.Compute(record.Payload) }).Write(bytes);
        return bytes;
    }

    private static BundleReaderOptions Keys => SealLab.Reading(SealLab.FullKey);

    private static Task<VerificationReport> VerifyAsync(byte[] bundle, TrustPolicy policy) => BundleVerifier.VerifyAsync(new MemoryStream(bundle), "memory.waybill", policy, Keys);

    private static async Task MustBeAsync(byte[] bundle, TrustPolicy policy, SignatureOutcome outcome, WaybillErrorCode code)
    {
        VerificationReport report = await VerifyAsync(bundle, policy);
        Assert.Equal((true, false, outcome, code), (report.IsComplete, report.IsValid, report.Signatures!.Outcome, report.Problem!.Code));
        Assert.Equal(code, (await Assert.ThrowsAnyAsync<WaybillException>(() => BundleReader.OpenAsync(new MemoryByteSource(bundle), policy, Keys))).Code);
        await using var stream = new BundleStreamReader(new MemoryStream(bundle), policy, Keys);
        Assert.Equal(code, (await Assert.ThrowsAnyAsync<WaybillException>(async () =>
        {
            while (await stream.ReadAsync() is not null)
            {
            }
        })).Code);
    }

    private static IReadOnlyList<byte[]> Split(byte[] bundle) => [.. BundleMap.Of(bundle).Select(r => bundle[r.Start..r.Next])];

    private static RecordType TypeOf(byte[] record) => (RecordType)record[4];

    private static byte[] Record(RecordType type, byte[] payload)
    {
        var header = new RecordHeader(type, RecordFlags.None, payload.Length, Crc32C.Compute(payload), 0, 0, 0);
        var bytes = new byte[RecordHeader.Size + ((payload.Length + 7) / 8 * 8)];
        header.Write(bytes);
        payload.CopyTo(bytes, RecordHeader.Size);
        return bytes;
    }

    /// <summary>Puts records together with new numbers and places.</summary>
    private static byte[] Rebuild(byte[] original, IEnumerable<byte[]> records, bool dropStoredRoot = false)
    {
        Trailer trailer = Trailer.Read(original.AsSpan(original.Length - Trailer.Size), original.Length - Trailer.Size);
        List<byte> bytes = [.. original[..Preamble.Size]];
        int count = 0;
        uint tag = RecordHeader.TagOf(trailer.BundleId);
        foreach (byte[] record in records)
        {
            Assert.True(RecordHeader.TryRead(record, out RecordHeader header));
            byte[] copy = (byte[])record.Clone();
            (header with { Sequence = count++, Offset = bytes.Count, BundleTag = tag }).Write(copy);
            bytes.AddRange(copy);
        }

        var end = new byte[Trailer.Size];
        (trailer with { TotalLength = bytes.Count + Trailer.Size, RecordCount = count, StoredRoot = dropStoredRoot ? default : trailer.StoredRoot }).Write(end);
        return [.. bytes, .. end];
    }

    private Task<byte[]> SignedAsync(bool encrypted)
    {
        BundleWriterOptions options = encrypted ? SealLab.Options() : Lab.SmallCells();
        options.Signers = [_signer];
        return Lab.FullAsync(Lab.MixedVolume(300_000), options);
    }
}
