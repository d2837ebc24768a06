using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Statements in a text file are those of the bundle, and as little to be believed.</summary>
public sealed class DetachedSignaturesTests
{
    [Fact]
    public Task Statements_WrittenAndRead_AreTheSame() => Properties.CheckAsync(StatementGenerator.Statements(), 200, async statement =>
    {
        IReadOnlyList<SignedStatement> read = await ReadAsync(await WriteAsync(statement, statement));

        Assert.Equal(2, read.Count);
        StatementGenerator.AssertSame(statement, read[0]);
        StatementGenerator.AssertSame(statement, read[1]);
    });

    [Fact, Spec("S-01")]
    public async Task Statements_ExportedAndReadAgain_StillVerify()
    {
        using X509Certificate2 root = SigningLab.Certify("root", isAuthority: true);
        using X509Certificate2 certificate = SigningLab.Certify("signer", root);
        using BundleSigner signer = SigningLab.SignerOf(certificate);
        string text = Encoding.UTF8.GetString(await WriteAsync(await SigningLab.SignContentAsync(signer, SigningLab.NewSigner()), await SigningLab.SignStorageAsync(signer)));
        SignatureReport report = SigningLab.Evaluate(TrustPolicy.RequireCertificate([root]).WithStatements(StatementKinds.All), [.. await ReadAsync(text)]);

        Assert.True(report.IsAccepted);
        Assert.Equal(3, report.Signatures.Length);
        Assert.Equal(2, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        using JsonDocument json = JsonDocument.Parse(text.Split('\n')[0]);
        Assert.Equal(["payload", "payloadType", "signatures"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(signer.KeyId, json.RootElement.GetProperty("signatures")[0].GetProperty("keyid").GetString());
    }

    [Theory]
    [InlineData("+/+/")]
    [InlineData("-_-_")]
    [InlineData("-/+_")]
    public async Task Base64_OfBothAlphabets_IsRead(string base64)
    {
        SignedStatement statement = Assert.Single(await ReadAsync($$"""{"payload":"{{base64}}","payloadType":"t","signatures":[{"sig":"{{base64}}"}]}"""));

        Assert.Equal("FBFFBF", Convert.ToHexString(statement.Payload.Span));
        Assert.Equal("FBFFBF", Convert.ToHexString(statement.Signatures[0].Signature.Span));
    }

    [Theory]
    [InlineData("+w==", "FB")]
    [InlineData("-w", "FB")]
    [InlineData("--8", "FBEF")]
    [InlineData("", "")]
    public async Task Base64_WithOrWithoutPadding_IsRead(string base64, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(Assert.Single(await ReadAsync($$"""{"payload":"{{base64}}","payloadType":"t","signatures":[]}""")).Payload.Span));

    [Fact]
    public async Task EnvelopeOfAnotherTool_IsRead()
    {
        // As the DSSE protocol shows it, over one line; a key id that is not ours is as good as none.
        SignedStatement statement = Assert.Single(await ReadAsync(
            "{\"payload\": \"aGVsbG8gd29ybGQ=\", \"payloadType\": \"http://example.com/HelloWorld\", \"other\": {\"a\": [1, null]}, "
            + "\"signatures\": [{\"keyid\": \"SHA256:x\", \"sig\": \"A3Jq\", \"extra\": true}, {\"keyid\": null, \"sig\": \"\"}, {\"keyid\": \"66301bbf\", \"sig\": \"AA==\"}]}\r\n\r\n"));

        Assert.Equal("hello world", Encoding.UTF8.GetString(statement.Payload.Span));
        Assert.Equal(StatementKinds.None, statement.Kind);
        Assert.Equal(["", "", "66301BBF"], statement.Signatures.Select(s => Convert.ToHexString(s.KeyId.Span)));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("\uFEFF{}")]
    [InlineData("""{"payload":"","payloadType":"t"}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[]} {}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[],}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[]/**/}""")]
    [InlineData("""{"payload":"","payload":"","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[],"signatures":[]}""")]
    [InlineData("""{"payload":"","payloadType":"t","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":null,"payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"","payloadType":null,"signatures":[]}""")]
    [InlineData("""{"payload":"","payloadType":"\ud800","signatures":[]}""")]
    [InlineData("""{"payload":"A","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"AA=","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"AA===","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"A A=","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"AA==AA==","payloadType":"t","signatures":[]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[{}]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":["x"]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":{}}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[{"sig":"","sig":""}]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[{"sig":"","keyid":1}]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[{"sig":"","certificates":[1]}]}""")]
    [InlineData("""{"payload":"","payloadType":"t","signatures":[{"sig":"","certificates":""}]}""")]
    public async Task Line_ThatIsNoEnvelope_IsRefused_WithItsPlace(string line)
    {
        var error = await Assert.ThrowsAsync<BundleFormatException>(() => ReadAsync("\n\n" + line + "\n"));

        Assert.Equal((WaybillErrorCode.EncodingInvalid, 2L), (error.Code, error.Offset));
        Assert.Contains("Line 3 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nesting_TooDeep_IsRefused()
    {
        string deep = new string('[', 5000) + new string(']', 5000);

        Assert.Equal(WaybillErrorCode.EncodingInvalid, (await Assert.ThrowsAsync<BundleFormatException>(() => ReadAsync($$"""{"x":{{deep}}}"""))).Code);
    }

    [Fact, Spec("L-01")]
    public async Task NumbersAndLengths_AreLimited()
    {
        const string Line = """{"payload":"","payloadType":"t","signatures":[]}""";
        string signature = """{"sig":""}""";
        string certificate = "\"AA==\"";
        string Envelope(string signatures) => $$"""{"payload":"","payloadType":"t","signatures":[{{signatures}}]}""";
        string Repeat(string text, int count) => string.Join(',', Enumerable.Repeat(text, count));

        Assert.Equal(64, (await ReadAsync(string.Concat(Enumerable.Repeat(Line + "\n", 64)))).Count);
        await AssertLimitAsync(string.Concat(Enumerable.Repeat(Line + "\n", 65)));
        await AssertLimitAsync(new string('\n', 65));
        Assert.Equal(16, Assert.Single(await ReadAsync(Envelope(Repeat(signature, 16)))).Signatures.Length);
        await AssertLimitAsync(Envelope(Repeat(signature, 17)));
        Assert.Equal(8, Assert.Single(await ReadAsync(Envelope($$"""{"sig":"","certificates":[{{Repeat(certificate, 8)}}]}"""))).Signatures[0].Certificates.Length);
        await AssertLimitAsync(Envelope($$"""{"sig":"","certificates":[{{Repeat(certificate, 9)}}]}"""));
        Assert.Single(await ReadAsync(Line + new string(' ', (1024 * 1024) - Line.Length) + "\n"));
        await AssertLimitAsync(Line + new string(' ', (1024 * 1024) + 1 - Line.Length));
    }

    [Fact, Spec("L-01")]
    public async Task Line_WithoutEnd_TakesNoMoreMemoryThanItsLimit()
    {
        var endless = new EndlessText();

        Assert.Equal(WaybillErrorCode.LimitExceeded, (await Assert.ThrowsAsync<BundleFormatException>(() => DetachedSignatures.ReadAsync(endless))).Code);
        Assert.InRange(endless.Given, 1024 * 1024, 2 * 1024 * 1024);
    }

    [Fact]
    public async Task Text_InAnyPieces_IsRead()
    {
        byte[] text = await WriteAsync(await SigningLab.SignContentAsync(SigningLab.NewSigner()), await SigningLab.SignStorageAsync(SigningLab.NewSigner()));
        foreach (int piece in (int[])[1, 7, 100])
        {
            Assert.Equal(2, (await DetachedSignatures.ReadAsync(new PiecewiseStream(text, piece))).Count);
        }
    }

    [Fact]
    public async Task Write_MoreThanAReaderTakes_WritesNothing()
    {
        var output = new MemoryStream();
        var statement = new SignedStatement("t", new byte[900_000], []);

        await Assert.ThrowsAsync<BundleFormatException>(() => DetachedSignatures.WriteAsync(output, [new SignedStatement("t", default, []), statement]));
        await Assert.ThrowsAsync<BundleFormatException>(() => DetachedSignatures.WriteAsync(output, Enumerable.Repeat(new SignedStatement("t", default, []), 65)));
        Assert.Equal(0, output.Length);
    }

    [Fact, Spec("L-01")]
    public async Task MutatedText_IsReadOrRefused_WithATypedError()
    {
        byte[] genuine = await WriteAsync(await SigningLab.SignContentAsync(SigningLab.NewSigner()));
        await Properties.CheckAsync(StatementGenerator.MutantsOf(genuine), 1000, async mutant =>
        {
            try
            {
                await ReadAsync(mutant);
            }
            catch (BundleFormatException e)
            {
                Assert.Contains(e.Code, (WaybillErrorCode[])[WaybillErrorCode.EncodingInvalid, WaybillErrorCode.LimitExceeded]);
                Assert.NotNull(e.Offset);
            }
        });
    }

    private static async Task AssertLimitAsync(string text) =>
        Assert.Equal(WaybillErrorCode.LimitExceeded, (await Assert.ThrowsAsync<BundleFormatException>(() => ReadAsync(text))).Code);

    private static Task<IReadOnlyList<SignedStatement>> ReadAsync(string text) => ReadAsync(Encoding.UTF8.GetBytes(text));

    private static Task<IReadOnlyList<SignedStatement>> ReadAsync(byte[] text) => DetachedSignatures.ReadAsync(new MemoryStream(text));

    private static async Task<byte[]> WriteAsync(params SignedStatement[] statements)
    {
        var output = new MemoryStream();
        await DetachedSignatures.WriteAsync(output, statements);
        return output.ToArray();
    }

    private sealed class EndlessText : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)' ');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
