using Waybill.Bundles.Tests.Keys;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>A key service that fails keeps nobody from a bundle that another key opens.</summary>
public sealed class KeyServiceOpeningTests
{
    private readonly MemoryKeyService _service = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("E-06")]
    public async Task FailingService_BesideAKeyThatOpens_IsPassedOver(bool serviceFirst)
    {
        byte[] bundle = await WriteAsync();
        _service.Failure = new TimeoutException("nobody there");
        BundleKey[] keys = serviceFirst ? [new KeyServiceBundleKey(_service), SealLab.FullKey] : [SealLab.FullKey, new KeyServiceBundleKey(_service)];

        await using BundleReader reader = await SealLab.OpenAsync(bundle, keys);
        Assert.Equal(KeyScopes.All, reader.Scopes);
        VerificationReport report = await SealLab.VerifyAsync(bundle, keys);
        Assert.True(report.IsContentVerified, report.Problem?.ToString());
    }

    [Fact]
    public async Task FailingService_ThatWouldOpenMore_LeavesWhatTheOtherKeyOpens()
    {
        byte[] bundle = await WriteAsync();
        _service.Failure = new TimeoutException("nobody there");

        await using BundleReader reader = await SealLab.OpenAsync(bundle, new KeyServiceBundleKey(_service), SealLab.MetaKey);
        Assert.Equal(KeyScopes.Metadata, reader.Scopes);
    }

    [Fact]
    public async Task FailingService_BesideKeysThatOpenNothing_IsReported()
    {
        byte[] bundle = await WriteAsync();
        _service.Failure = new TimeoutException("nobody there");
        BundleKey[] keys = [SealLab.WrongKey, new KeyServiceBundleKey(_service)];

        WaybillException opening = await Assert.ThrowsAsync<WaybillException>(() => SealLab.OpenAsync(bundle, keys));
        Assert.Equal((WaybillErrorCode.KeyServiceFailed, "vault/backups"), (opening.Code, opening.ObjectName));

        // It says nothing about the bundle, so there is no report on it.
        WaybillException verifying = await Assert.ThrowsAsync<WaybillException>(() => SealLab.VerifyAsync(bundle, keys));
        Assert.Equal(WaybillErrorCode.KeyServiceFailed, verifying.Code);
    }

    private Task<byte[]> WriteAsync() => Lab.FullAsync(Lab.MixedVolume(100_000), SealLab.Options(encryption: new BundleEncryption(
        new KeyServiceRecipient(_service, "vault/backups"), SealLab.FullRecipient, new PresharedKeyRecipient(Lab.Noise(32, 3), KeyScopes.Metadata))));
}
