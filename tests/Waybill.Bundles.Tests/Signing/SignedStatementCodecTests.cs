using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Signing;

public sealed class SignedStatementCodecTests
{
    [Fact]
    public Task Statement_WrittenAndRead_IsTheSame() => Properties.CheckAsync(StatementGenerator.Statements(), 200, statement =>
    {
        SignedStatement read = SignedStatementCodec.Decode(SignedStatementCodec.Encode(statement), 0);

        StatementGenerator.AssertSame(statement, read);
        return Task.CompletedTask;
    });

    [Fact, Spec("L-01"), Spec("D-08")]
    public Task MutatedPayload_IsReadOrRefused_WithATypedError() => Properties.CheckAsync(StatementGenerator.Mutants(), 2000, mutant =>
    {
        try
        {
            SignedStatement statement = SignedStatementCodec.Decode(mutant, 4096);
            Assert.InRange(statement.Signatures.Length, 0, 16);
            Assert.All(statement.Signatures, s => Assert.InRange(s.Certificates.Length, 0, 8));
            SignatureReport report = SigningLab.Evaluate(StatementGenerator.Policy, statement);
            Assert.True(report.Outcome != SignatureOutcome.Valid || StatementGenerator.IsGenuine(statement), "a mutant passed as valid");
        }
        catch (BundleFormatException e)
        {
            Assert.Contains(e.Code, (WaybillErrorCode[])[WaybillErrorCode.EncodingInvalid, WaybillErrorCode.LimitExceeded]);
            Assert.Equal(4096, e.Offset);
        }

        return Task.CompletedTask;
    });

    [Theory, Spec("L-01")]
    [InlineData(16, 8, true)]
    [InlineData(17, 0, false)]
    [InlineData(1, 9, false)]
    [InlineData(16, 9, false)]
    public void NumberOfSignaturesAndCertificates_IsLimited(int signatures, int certificates, bool allowed)
    {
        var wire = new Wire.SignedStatement { PayloadType = "t" };
        for (int i = 0; i < signatures; i++)
        {
            var signature = new Wire.Signature();
            signature.Certificates.Add(Enumerable.Repeat(ByteString.CopyFrom(1), certificates));
            wire.Signatures.Add(signature);
        }

        byte[] payload = wire.ToByteArray();
        if (allowed)
        {
            Assert.Equal(signatures, SignedStatementCodec.Decode(payload, 0).Signatures.Length);
        }
        else
        {
            Assert.Equal(WaybillErrorCode.LimitExceeded, Assert.Throws<BundleFormatException>(() => SignedStatementCodec.Decode(payload, 0)).Code);
        }
    }

    [Fact, Spec("L-01")]
    public void HalfAMillionEmptySignatures_AreRefused_BeforeMemoryIsTaken()
    {
        // Tag and length, for each of them an object.
        byte[] payload = [.. Enumerable.Repeat<byte[]>([0x1A, 0], 500_000).SelectMany(b => b)];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(WaybillErrorCode.LimitExceeded, Assert.Throws<BundleFormatException>(() => SignedStatementCodec.Decode(payload, 0)).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory, Spec("L-01")]
    [InlineData(1024 * 1024, true)]
    [InlineData((1024 * 1024) + 1, false)]
    public void Length_IsLimited(int length, bool allowed)
    {
        // Field 2 with a length of three bytes, then what is left of the length.
        int rest = length - 4;
        byte[] payload = [0x12, (byte)(rest | 0x80), (byte)(rest >> 7 | 0x80), (byte)(rest >> 14), .. new byte[rest]];
        Exception? error = Record.Exception(() => SignedStatementCodec.Decode(payload, 0));

        Assert.Equal(allowed ? null : WaybillErrorCode.LimitExceeded, (error as BundleFormatException)?.Code);
        Assert.Equal(allowed, error is null);
    }

    [Theory, Spec("D-08")]
    [InlineData("0a01610a0162")]
    [InlineData("0a01ff")]
    [InlineData("0801")]
    [InlineData("1a05")]
    [InlineData("0b0c")]
    [InlineData("1a040a010a0a")]
    public void Encoding_OutsideTheStrictSubset_IsRefused(string payload) => Assert.Equal(
        WaybillErrorCode.EncodingInvalid,
        Assert.Throws<BundleFormatException>(() => SignedStatementCodec.Decode(Convert.FromHexString(payload), 0)).Code);

    [Fact]
    public void Encode_MoreThanAReaderTakes_IsRefused()
    {
        var signature = new StatementSignature("", default, default, [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[] { 1 }, 9)]);

        Assert.Equal(
            WaybillErrorCode.LimitExceeded,
            Assert.Throws<BundleFormatException>(() => SignedStatementCodec.Encode(new SignedStatement("t", default, [signature]))).Code);
    }

    [Fact, Spec("D-08")]
    public void UnknownFields_AreIgnored()
    {
        byte[] payload = [.. SignedStatementCodec.Encode(new SignedStatement("t", new byte[] { 1 }, [])), 0x7A, 1, 0];

        Assert.Equal("t", SignedStatementCodec.Decode(payload, 0).PayloadType);
    }
}
