using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

public sealed class PresharedKeyTests
{
    [Fact]
    public async Task Body_IsAsTheSpecificationSays()
    {
        byte[] presharedKey = RandomNumberGenerator.GetBytes(48);
        byte[] block = KeyLab.Block(KeyScopes.Metadata);
        byte[] context = KeyLab.Context(RecipientType.PresharedKey, KeyScopes.Metadata);
        using var recipient = new PresharedKeyRecipient(presharedKey, KeyScopes.Metadata);

        byte[] body = (await recipient.WrapAsync(block, context, CancellationToken.None)).Body.ToArray();

        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, presharedKey, 32, body[..32], context);
        byte[] opened = new byte[64];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(new byte[12], body.AsSpan(32, 64), body.AsSpan(96), opened);
        Assert.Equal(32 + 64 + 16, body.Length);
        Assert.Equal(block, opened);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(4097)]
    public void Key_OfAnotherLength_IsRefused(int length)
    {
        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => new PresharedKeyRecipient(new byte[length])).Code);
        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(() => new PresharedBundleKey(new byte[length])).Code);
    }

    [Fact]
    public async Task Key_IsCopied()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(32);
        using var recipient = new PresharedKeyRecipient(bytes);
        using var key = new PresharedBundleKey(bytes);
        byte[] block = KeyLab.Block();
        CryptographicOperations.ZeroMemory(bytes);

        WrappedKey wrapped = await recipient.WrapAsync(block, KeyLab.Context(RecipientType.PresharedKey), CancellationToken.None);
        using var zeros = new PresharedBundleKey(new byte[32]);

        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, KeyLab.Context(RecipientType.PresharedKey), CancellationToken.None));
        Assert.Null(await zeros.TryUnwrapAsync(wrapped, KeyLab.Context(RecipientType.PresharedKey), CancellationToken.None));
    }
}
