using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Tests.Format;

/// <summary>SHA-256 as the format uses it, against published examples (FIPS 180-4 and NIST's set of short messages).</summary>
public sealed class Sha256Tests
{
    [Theory, Spec("M-14")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1")]
    [InlineData("11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98")]
    [InlineData("616263", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void Digest_KnownMessages_AreTheKnownValues(string message, string expected)
    {
        byte[] bytes = Convert.FromHexString(message);

        Assert.Equal("sha256:" + expected, Digest.Of(bytes).ToString());
        Assert.Equal("sha256:" + expected, CellDecoder.HashCell(bytes).ToString());
    }

    [Fact, Spec("F-24")]
    public void ManifestDigest_HasItsOwnPrefix() =>
        Assert.Equal(Digest.Of("WBL1-manifest\0payload"u8), MerkleTree.ManifestDigest("payload"u8));
}
