using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Time stamps of another implementation let signatures outlive their certificates, and nothing else does.</summary>
public sealed class TimestampTests : IDisposable
{
    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _root = SigningLab.Certify("root", isAuthority: true, notAfter: s_now.AddYears(20));
    private readonly X509Certificate2 _certificate;
    private readonly OpenSslTimestampAuthority _authority = new();

    public TimestampTests() => _certificate = SigningLab.Certify("signer", _root, notAfter: s_now.AddDays(2));

    public void Dispose()
    {
        _root.Dispose();
        _certificate.Dispose();
        _authority.Dispose();
    }

    [SkippableFact, Spec("S-03")]
    public async Task ExpiredCertificate_CountsWithATimeStamp_AndOnlyWithIt()
    {
        Tool.Require("openssl");
        SignedStatement stamped = await SignAsync();
        SignedStatement bare = SigningLab.With(stamped, timestamp: ReadOnlyMemory<byte>.Empty);
        TrustPolicy later = Policy().WithTimeProvider(new FixedTime(s_now.AddYears(10)));

        SignatureReport report = SigningLab.Evaluate(later, stamped);
        Assert.Equal((SignatureOutcome.Valid, null), (report.Outcome, report.Signatures[0].Problem));
        DateTimeOffset time = report.Signatures[0].SigningTime!.Value.ToDateTimeOffset();
        Assert.InRange(time, s_now.AddMinutes(-5), s_now.AddMinutes(30));
        AssertUntrusted("not valid at", SigningLab.Evaluate(later, bare));
        Assert.True(SigningLab.Evaluate(Policy(), bare).IsAccepted);
    }

    [SkippableFact, Spec("S-03")]
    public async Task TimeStamp_OfAnotherSignature_DoesNotCount()
    {
        Tool.Require("openssl");
        SignedStatement stamped = await SignAsync();
        SignedStatement other = SigningLab.With(await SignAsync(), timestamp: stamped.Signatures[0].Timestamp);

        AssertUntrusted("not of this signature", SigningLab.Evaluate(Policy().WithTimeProvider(new FixedTime(s_now.AddYears(10))), other));

        // Stripped it would count, so it counts with it too.
        SignatureReport now = SigningLab.Evaluate(Policy(), other);
        Assert.Equal((SignatureOutcome.Valid, null), (now.Outcome, now.Signatures[0].SigningTime));
        Assert.NotNull(now.Signatures[0].Problem);
    }

    [SkippableFact, Spec("S-03")]
    public async Task TimeStamp_OfAnAuthorityThatIsNotTrusted_DoesNotCount()
    {
        Tool.Require("openssl");
        SignedStatement stamped = await SignAsync();
        TrustPolicy later = TrustPolicy.RequireCertificate([_root]).WithTimeProvider(new FixedTime(s_now.AddYears(10)));

        AssertUntrusted("not valid at", SigningLab.Evaluate(later, stamped));
        AssertUntrusted("authority is not trusted", SigningLab.Evaluate(later.WithTimestampRoots([_root]), stamped));
    }

    [SkippableFact, Spec("S-03")]
    public async Task TimeStamp_ByACertificateForOtherPurposes_DoesNotCount()
    {
        Tool.Require("openssl");

        // Whoever trusts the authority's root for signers does not let its time stamping certificate sign bundles.
        SignedStatement stamped = await SignAsync();
        TrustPolicy policy = TrustPolicy.RequireCertificate([_authority.Root]);
        using BundleSigner signer = BundleSigner.FromPem(_authority.SignerPem);

        AssertUntrusted("other purposes", SigningLab.Evaluate(policy, await SigningLab.SignContentAsync(signer)));
        Assert.Equal(SignatureOutcome.Untrusted, SigningLab.Evaluate(policy, stamped).Outcome);
    }

    [SkippableTheory, Spec("S-03")]
    [InlineData("sha1", false)]
    [InlineData("sha512", true)]
    public async Task TimeStamp_SignedOverAWeakHash_DoesNotCount(string hash, bool counts)
    {
        Tool.Require("openssl");
        using var authority = new OpenSslTimestampAuthority(hash);
        TrustPolicy policy = TrustPolicy.RequireCertificate([_root]).WithTimestampRoots([authority.Root]);
        SignatureDetails details = SigningLab.Evaluate(policy, await SignAsync(authority)).Signatures[0];

        Assert.Equal(counts, details.SigningTime is not null);
        Assert.Equal(counts, details.Problem is null);
    }

    [SkippableFact, Spec("S-03")]
    public async Task TimeStamp_AfterTheCertificateExpired_DoesNotCount()
    {
        Tool.Require("openssl");
        using X509Certificate2 old = SigningLab.Certify("old", _root, notBefore: s_now.AddHours(-20), notAfter: s_now.AddHours(-10));
        using BundleSigner signer = BundleSigner.FromPrivateKey(old.GetECDsaPrivateKey()!, [old], _authority);
        SignedStatement stamped = await SigningLab.SignContentAsync(signer);

        AssertUntrusted("not valid at", SigningLab.Evaluate(Policy(), stamped));

        // By a clock set back the certificate is valid; what is confirmed counts more.
        AssertUntrusted("not valid at", SigningLab.Evaluate(Policy().WithTimeProvider(new FixedTime(s_now.AddHours(-15))), stamped));
    }

    [SkippableFact, Spec("S-03")]
    public async Task TimeStamp_AnyByteChanged_DoesNotCount()
    {
        Tool.Require("openssl");
        SignedStatement stamped = await SignAsync();
        TrustPolicy later = Policy().WithTimeProvider(new FixedTime(s_now.AddYears(10)));
        byte[] token = stamped.Signatures[0].Timestamp.ToArray();
        for (int i = 0; i < token.Length; i++)
        {
            byte[] changed = [.. token];
            changed[i] ^= 1;
            SignatureReport report = SigningLab.Evaluate(later, SigningLab.With(stamped, timestamp: changed));

            // Some bytes of the token, such as those of a certificate's unsigned frame, mean nothing; the time stays what it was.
            Assert.True(
                report.Outcome == SignatureOutcome.Untrusted || report.Signatures[0].SigningTime == SigningLab.Evaluate(later, stamped).Signatures[0].SigningTime,
                $"byte {i} changed the time");
        }

        foreach (int length in (int[])[0, 1, 50, token.Length - 1])
        {
            Assert.Equal(SignatureOutcome.Untrusted, SigningLab.Evaluate(later, SigningLab.With(stamped, timestamp: token.AsMemory(0, length))).Outcome);
        }

        Assert.Equal(SignatureOutcome.Untrusted, SigningLab.Evaluate(later, SigningLab.With(stamped, timestamp: (byte[])[.. token, 0])).Outcome);
    }

    [SkippableFact]
    public async Task TimeStamp_IsOneForOtherTools()
    {
        Tool.Require("openssl");
        SignedStatement stamped = await SignAsync();
        using var directory = new TempDirectory();
        await File.WriteAllBytesAsync(directory["token"], stamped.Signatures[0].Timestamp.ToArray());
        await File.WriteAllTextAsync(directory["root.pem"], _authority.Root.ExportCertificatePem());
        string digest = Convert.ToHexStringLower(SHA256.HashData(stamped.Signatures[0].Signature.Span));

        Tool.Run("openssl", "ts", "-verify", "-digest", digest, "-in", directory["token"], "-token_in", "-CAfile", directory["root.pem"]);
    }

    [SkippableFact]
    public async Task Answer_ThatIsNotOne_IsRefused_WhenSigning()
    {
        Tool.Require("openssl");
        ReadOnlyMemory<byte> other = default;
        _authority.Change = answer => other = answer;
        await SignAsync();
        ReadOnlyMemory<byte> recorded = other;
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>[] changes =
        [
            _ => recorded,
            _ => default,
            _ => new byte[] { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02 },
            answer => (byte[])[.. answer.Span, 0],
        ];
        foreach (Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> change in changes)
        {
            _authority.Change = change;
            Assert.Equal(WaybillErrorCode.KeyServiceFailed, (await Assert.ThrowsAsync<WaybillException>(() => SignAsync())).Code);
        }
    }

    [SkippableFact]
    public async Task Http_AsksAsTheProtocolSays()
    {
        Tool.Require("openssl");
        HttpRequestMessage? asked = null;
        using var client = new HttpClient(new Handler(async (message, cancellation) =>
        {
            asked = message;
            byte[] request = await message.Content!.ReadAsByteArrayAsync(cancellation);
            return new HttpResponseMessage { Content = new ReadOnlyMemoryContent(await _authority.RequestAsync(request, cancellation)) };
        }));
        SignedStatement stamped = await SignAsync(new HttpTimestampAuthority(client, new Uri("http://tsa.example/")));

        Assert.NotNull(SigningLab.Evaluate(Policy(), stamped).Signatures[0].SigningTime);
        Assert.Equal((HttpMethod.Post, "application/timestamp-query"), (asked!.Method, asked.Content!.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    [InlineData(HttpStatusCode.NotFound, false)]
    public async Task Http_StatusOfFailure_IsReported(HttpStatusCode status, bool transient)
    {
        WaybillException error = await FailAsync((_, _) => Task.FromResult(new HttpResponseMessage(status)));

        Assert.Equal((WaybillErrorCode.KeyServiceFailed, transient, "http://tsa.example/"), (error.Code, error.IsTransient, error.ObjectName));
    }

    [Fact]
    public async Task Http_NoAnswerOrTooLongAnswer_IsReported()
    {
        Assert.True((await FailAsync((_, _) => throw new HttpRequestException("refused"))).IsTransient);
        Assert.True((await FailAsync((_, _) => throw new TaskCanceledException("late", new TimeoutException()))).IsTransient);
        Assert.Contains("256 KiB", (await FailAsync((_, _) => Task.FromResult(new HttpResponseMessage { Content = new ByteArrayContent(new byte[300_000]) }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_Cancelled_EndsWithCancellation()
    {
        using var client = new HttpClient(new Handler((_, cancellation) => Task.FromCanceled<HttpResponseMessage>(cancellation)));
        var authority = new HttpTimestampAuthority(client, new Uri("http://tsa.example/"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await authority.RequestAsync(default, new CancellationToken(true)));
    }

    private static async Task<WaybillException> FailAsync(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        using var client = new HttpClient(new Handler(answer));
        var authority = new HttpTimestampAuthority(client, new Uri("http://tsa.example/"));
        return await Assert.ThrowsAsync<WaybillException>(async () => await authority.RequestAsync(default));
    }

    private static void AssertUntrusted(string word, SignatureReport report)
    {
        Assert.Equal((SignatureOutcome.Untrusted, WaybillErrorCode.SignerUntrusted), (report.Outcome, report.Problem!.Code));
        Assert.Contains(word, report.Signatures[0].Problem, StringComparison.Ordinal);
    }

    private TrustPolicy Policy() => TrustPolicy.RequireCertificate([_root]).WithTimestampRoots([_authority.Root]);

    private async Task<SignedStatement> SignAsync(TimestampAuthority? authority = null)
    {
        using BundleSigner signer = BundleSigner.FromPrivateKey(_certificate.GetECDsaPrivateKey()!, [_certificate], authority ?? _authority);
        return await SigningLab.SignContentAsync(signer);
    }

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request, cancellationToken);
    }
}
