using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>What signatures amount to: only what trusted keys state of this very bundle is valid.</summary>
public sealed class SignatureEvaluationTests
{
    [Theory, Spec("S-03"), Spec("S-04")]
    [InlineData(SignatureAlgorithm.EcdsaP256Sha256)]
    [InlineData(SignatureAlgorithm.EcdsaP384Sha384)]
    [InlineData(SignatureAlgorithm.RsaPssSha256)]
    public async Task Content_SignedByATrustedKey_IsValid(SignatureAlgorithm algorithm)
    {
        using BundleSigner signer = SigningLab.NewSigner(algorithm);
        SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(signer), await SigningLab.SignContentAsync(signer));

        Assert.Equal((SignatureOutcome.Valid, SignatureOutcome.Valid, SignatureOutcome.Unsigned), (report.Outcome, report.Content, report.Storage));
        Assert.True(report.IsAccepted);
        SignatureDetails details = Assert.Single(report.Signatures);
        Assert.Equal((SignatureOutcome.Valid, signer.KeyId, algorithm, StatementKinds.Content, null), (details.Outcome, details.KeyId, details.Algorithm, details.Statement, details.Problem));
    }

    [Fact, Spec("S-02")]
    public async Task Storage_DemandedAndSigned_IsValid()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement storage = await SigningLab.SignStorageAsync(signer);
        SignedStatement content = await SigningLab.SignContentAsync(signer);
        TrustPolicy policy = SigningLab.Trusting(signer);

        Assert.True(SigningLab.Evaluate(policy.WithStatements(StatementKinds.Storage), storage).IsAccepted);
        Assert.True(SigningLab.Evaluate(policy.WithStatements(StatementKinds.All), storage, content).IsAccepted);
        AssertRefused(WaybillErrorCode.SignatureMissing, SigningLab.Evaluate(policy.WithStatements(StatementKinds.All), storage));
        AssertRefused(WaybillErrorCode.SignatureMissing, SigningLab.Evaluate(policy.WithStatements(StatementKinds.All), content));

        // Who keeps bytes does not vouch for what they mean.
        AssertRefused(WaybillErrorCode.SignatureMissing, SigningLab.Evaluate(policy, storage));
    }

    [Theory, Spec("S-02")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Storage_ThatDoesNotFit_IsInvalid_BesideValidContent(int difference)
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement content = await SigningLab.SignContentAsync(signer);
        StorageFacts s = SigningLab.Storage;
        SignedStatement storage = await StatementSigning.SignStorageAsync(
            difference == 3 ? BundleId.New() : SigningLab.Id,
            difference == 4 ? Digest.Of("other"u8) : SigningLab.Manifest,
            new StorageFacts(difference == 0 ? Digest.Of("other"u8) : s.StoredRoot, s.RecordCount + (difference == 1 ? 1 : 0), s.StoredLength - (difference == 2 ? 8 : 0)),
            [signer],
            default);
        TrustPolicy policy = SigningLab.Trusting(signer);
        SignatureReport report = SigningLab.Evaluate(policy, content, storage);

        Assert.Equal((SignatureOutcome.Valid, SignatureOutcome.Valid, SignatureOutcome.Invalid), (report.Outcome, report.Content, report.Storage));
        Assert.True(report.IsAccepted);
        Assert.NotNull(report.Signatures[1].Problem);
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(policy.WithStatements(StatementKinds.Storage), content, storage));
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(policy.WithStatements(StatementKinds.All), content, storage));
    }

    [Fact, Spec("S-02")]
    public async Task Storage_OfTheBundleBeforeAndAfterARewrite_IsValid()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement before = await StatementSigning.SignStorageAsync(SigningLab.Id, SigningLab.Manifest, SigningLab.Storage with { StoredRoot = Digest.Of("before"u8) }, [signer], default);

        Assert.Equal(SignatureOutcome.Valid, SigningLab.Evaluate(SigningLab.Trusting(signer), before, await SigningLab.SignStorageAsync(signer)).Storage);
    }

    [Fact, Spec("S-02")]
    public async Task Storage_WhenNotEveryRecordWasRead_IsNeitherValidNorInvalid()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement storage = await SigningLab.SignStorageAsync(signer);
        BundleFacts partly = SigningLab.Facts with { Storage = null };
        TrustPolicy policy = SigningLab.Trusting(signer);

        SignatureReport report = SignatureEvaluation.Evaluate(policy, partly, [storage, await SigningLab.SignContentAsync(signer)]);
        Assert.Equal((SignatureOutcome.Valid, null), (report.Outcome, report.Storage));
        Assert.Null(report.Signatures[0].Outcome);
        AssertRefused(WaybillErrorCode.SignatureMissing, SignatureEvaluation.Evaluate(policy.WithStatements(StatementKinds.Storage), partly, [storage]));

        SignedStatement other = await StatementSigning.SignStorageAsync(BundleId.New(), SigningLab.Manifest, SigningLab.Storage, [signer], default);
        Assert.Equal(SignatureOutcome.Invalid, SignatureEvaluation.Evaluate(policy, partly, [other]).Storage);
    }

    [Theory, Spec("S-02")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Content_OfAnotherBundleOrAnOlderManifest_IsInvalid(bool anotherBundle)
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement statement = await StatementSigning.SignContentAsync(
            anotherBundle ? BundleId.New() : SigningLab.Id, anotherBundle ? SigningLab.Manifest : Digest.Of("older"u8), [signer], default);

        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(SigningLab.Trusting(signer), statement));
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(SigningLab.Trusting(SigningLab.NewSigner()), statement));
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(TrustPolicy.AcceptUnsigned, statement));
    }

    [Fact, Spec("S-04")]
    public async Task Nothing_Stripped_OrWithoutSignatures_IsUnsigned()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement statement = await SigningLab.SignContentAsync(signer);
        var stripped = new SignedStatement(statement.PayloadType, statement.Payload, []);

        foreach (SignedStatement[] statements in (SignedStatement[][])[[], [stripped]])
        {
            SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(signer), statements);
            Assert.Equal(SignatureOutcome.Unsigned, report.Outcome);
            AssertRefused(WaybillErrorCode.SignatureMissing, report);
            Assert.True(SigningLab.Evaluate(TrustPolicy.AcceptUnsigned, statements).IsAccepted);
        }
    }

    [Fact, Spec("S-04")]
    public async Task Content_SignedByAStranger_IsUntrusted()
    {
        SignedStatement statement = await SigningLab.SignContentAsync(SigningLab.NewSigner());
        SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(SigningLab.NewSigner()), statement);

        Assert.Equal(SignatureOutcome.Untrusted, report.Outcome);
        AssertRefused(WaybillErrorCode.SignerUntrusted, report);
        SignatureReport open = SigningLab.Evaluate(TrustPolicy.AcceptUnsigned, statement);
        Assert.Equal(SignatureOutcome.Untrusted, open.Outcome);
        Assert.True(open.IsAccepted);
    }

    [Fact, Spec("S-03"), Spec("S-04")]
    public async Task KeyId_OfAnotherTrustedKey_IsOnlyAHint()
    {
        using BundleSigner a = SigningLab.NewSigner();
        using BundleSigner b = SigningLab.NewSigner();
        SignedStatement wrong = SigningLab.With(await SigningLab.SignContentAsync(a), keyId: b.PublicKey.KeyIdBytes);

        SignatureReport both = SigningLab.Evaluate(SigningLab.Trusting(a, b), wrong);
        Assert.Equal(SignatureOutcome.Valid, both.Outcome);
        Assert.Equal(a.KeyId, both.Signatures[0].KeyId);
        AssertRefused(WaybillErrorCode.SignerUntrusted, SigningLab.Evaluate(TrustPolicy.RequireSignature([a.PublicKey, b.PublicKey], 2), wrong));

        // The trusted key that it names did not make it.
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(SigningLab.Trusting(b), wrong));
    }

    [Fact, Spec("S-03")]
    public async Task KeyIdAndAlgorithm_Absent_ChangeNothing()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement bare = SigningLab.With(await SigningLab.SignContentAsync(signer), keyId: ReadOnlyMemory<byte>.Empty, algorithm: "none");

        Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), bare).IsAccepted);
        Assert.False(SigningLab.Evaluate(SigningLab.Trusting(SigningLab.NewSigner()), bare).IsAccepted);
    }

    [Fact, Spec("S-04")]
    public async Task Threshold_CountsDifferentKeys_NotSignatures()
    {
        using BundleSigner a = SigningLab.NewSigner();
        using BundleSigner b = SigningLab.NewSigner();
        using BundleSigner c = SigningLab.NewSigner();
        TrustPolicy two = TrustPolicy.RequireSignature([a.PublicKey, b.PublicKey, c.PublicKey, a.PublicKey], 2);

        Assert.True(SigningLab.Evaluate(two, await SigningLab.SignContentAsync(a, c)).IsAccepted);
        Assert.True(SigningLab.Evaluate(two, await SigningLab.SignContentAsync(b), await SigningLab.SignContentAsync(c)).IsAccepted);
        AssertRefused(WaybillErrorCode.SignerUntrusted, SigningLab.Evaluate(two, await SigningLab.SignContentAsync(a, a), await SigningLab.SignContentAsync(a)));
        AssertRefused(WaybillErrorCode.SignerUntrusted, SigningLab.Evaluate(two, await SigningLab.SignContentAsync(a, SigningLab.NewSigner())));

        // One of them vouches for content, the other for bytes.
        AssertRefused(WaybillErrorCode.SignerUntrusted, SigningLab.Evaluate(two, await SigningLab.SignContentAsync(a), await SigningLab.SignStorageAsync(b)));
    }

    [Fact, Spec("S-04")]
    public async Task RubbishBesideValidStatements_ChangesNothing()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement good = await SigningLab.SignContentAsync(signer);
        SignedStatement other = await StatementSigning.SignContentAsync(BundleId.New(), SigningLab.Manifest, [SigningLab.NewSigner()], default);
        SignedStatement broken = SigningLab.With(good, signature: new byte[64]);
        SignedStatement empty = new(Statements.ContentType, default, []);

        SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(signer), other, broken, empty, good);
        Assert.True(report.IsAccepted);
        Assert.Equal([SignatureOutcome.Invalid, SignatureOutcome.Invalid, SignatureOutcome.Valid], report.Signatures.Select(s => s.Outcome!.Value));
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(SigningLab.Trusting(signer), other, broken, empty));
    }

    [Fact, Spec("S-03")]
    public async Task PayloadTypeThatIsNotKnown_NeverCounts()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        byte[] payload = Statements.BuildContent(SigningLab.Id, SigningLab.Manifest);
        byte[] data = Dsse.PreAuthenticationEncoding("application/vnd.waybill.content-statement.v2+protobuf", payload);
        SignedStatement unknown = new("application/vnd.waybill.content-statement.v2+protobuf", payload, [await signer.SignStatementAsync(data, default)]);

        SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(signer), unknown);
        AssertRefused(WaybillErrorCode.SignatureMissing, report);
        Assert.Equal((StatementKinds.None, SignatureOutcome.Untrusted), (report.Signatures[0].Statement, report.Signatures[0].Outcome!.Value));
    }

    [Fact, Spec("S-01")]
    public async Task ContentStatement_UnderTheTypeOfTheOther_DoesNotCount()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement content = await SigningLab.SignContentAsync(signer);
        SignedStatement storage = await SigningLab.SignStorageAsync(signer);

        // A storage statement begins with the fields of a content statement; only the signed type keeps them apart.
        SignatureReport report = SigningLab.Evaluate(
            SigningLab.Trusting(signer),
            new SignedStatement(Statements.ContentType, storage.Payload, storage.Signatures),
            new SignedStatement(Statements.StorageType, content.Payload, content.Signatures));
        Assert.Equal((SignatureOutcome.Invalid, SignatureOutcome.Invalid), (report.Content, report.Storage));
    }

    [Theory, Spec("S-01")]
    [InlineData("payload")]
    [InlineData("type")]
    [InlineData("signature")]
    public async Task EveryByte_Flipped_IsRefused(string part)
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement good = await SigningLab.SignContentAsync(signer);
        int length = part == "payload" ? good.Payload.Length : part == "type" ? good.PayloadType.Length : good.Signatures[0].Signature.Length;
        for (int i = 0; i < length; i++)
        {
            SignedStatement bad = part switch
            {
                "payload" => new SignedStatement(good.PayloadType, Flip(good.Payload, i), good.Signatures),
                "type" => new SignedStatement(string.Create(length, i, (text, at) => { good.PayloadType.CopyTo(text); text[at] ^= '\x1'; }), good.Payload, good.Signatures),
                _ => SigningLab.With(good, signature: Flip(good.Signatures[0].Signature, i)),
            };
            SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(signer), bad);
            AssertRefused(part == "type" ? WaybillErrorCode.SignatureMissing : WaybillErrorCode.SignatureInvalid, report);
        }
    }

    [Fact, Spec("S-01")]
    public async Task Payload_WrittenAnotherWay_IsAnotherPayload()
    {
        using BundleSigner signer = SigningLab.NewSigner();
        SignedStatement good = await SigningLab.SignContentAsync(signer);

        // The same two fields in the other order: the same message, other bytes.
        byte[] swapped = [.. good.Payload.Span[18..], .. good.Payload.Span[..18]];
        Assert.Null(Statements.FindContentProblem(swapped, SigningLab.Facts));
        AssertRefused(WaybillErrorCode.SignatureInvalid, SigningLab.Evaluate(SigningLab.Trusting(signer), new SignedStatement(good.PayloadType, swapped, good.Signatures)));

        // A signature over those bytes as they stand counts.
        SignedStatement signed = new(
            good.PayloadType, swapped, [await signer.SignStatementAsync(Dsse.PreAuthenticationEncoding(good.PayloadType, swapped), default)]);
        Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), signed).IsAccepted);
    }

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, int place)
    {
        byte[] copy = bytes.ToArray();
        copy[place] ^= 1;
        return copy;
    }

    private static void AssertRefused(WaybillErrorCode code, SignatureReport report)
    {
        Assert.False(report.IsAccepted);
        Assert.Equal(code, report.Problem!.Code);
    }
}
