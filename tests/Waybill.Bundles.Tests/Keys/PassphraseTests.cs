using System.Buffers.Binary;
using System.Security.Cryptography;
using Waybill.Bundles.Keys;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Keys;

public sealed class PassphraseTests
{
    private static readonly byte[] s_context = KeyLab.Context(RecipientType.Pbkdf2);

    [Fact]
    public async Task Body_IsAsTheSpecificationSays()
    {
        byte[] block = KeyLab.Block();
        using var recipient = new PassphraseRecipient("Zürich ✓", rounds: 600_001);

        byte[] body = (await recipient.WrapAsync(block, s_context, CancellationToken.None)).Body.ToArray();

        byte[] passphrase = KeyLab.Bytes("5ac3bc7269636820e29c93"); // UTF-8
        byte[] stretched = Rfc2898DeriveBytes.Pbkdf2(passphrase, body[..32], 600_001, HashAlgorithmName.SHA512, 32);
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, stretched, 32, body[..32], s_context);
        byte[] opened = new byte[32];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(new byte[12], body.AsSpan(36, 32), body.AsSpan(68), opened);
        Assert.Equal(600_001u, BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(32)));
        Assert.Equal(84, body.Length);
        Assert.Equal(block, opened);
    }

    // 2^32 - 1 rounds would take longer than any test may run.
    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(599_999u)]
    [InlineData(10_000_001u)]
    [InlineData(2_147_483_648u)]
    [InlineData(uint.MaxValue)]
    [Spec("E-09")]
    public async Task Key_ForRoundsThatTheFormatDoesNotAllow_RefusesBeforeItComputes(uint rounds)
    {
        using var key = new PassphraseBundleKey("x");

        BundleFormatException error = await Assert.ThrowsAsync<BundleFormatException>(
            async () => await key.TryUnwrapAsync(new(RecipientType.Pbkdf2, KeyScopes.All, default, Body(rounds)), s_context, CancellationToken.None));

        Assert.Equal(WaybillErrorCode.LimitExceeded, error.Code);
        Assert.Contains(rounds.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    // The length is looked at first: of another recipient's body nothing is rounds.
    [Theory]
    [InlineData(83)]
    [InlineData(85)]
    [InlineData(36)]
    public async Task Key_ForABodyOfAnotherLength_LooksAtNothing(int length)
    {
        using var key = new PassphraseBundleKey("x");
        byte[] body = new byte[length];
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(32), uint.MaxValue);

        Assert.Null(await key.TryUnwrapAsync(new(RecipientType.Pbkdf2, KeyScopes.All, default, body), s_context, CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(35)]
    [InlineData(36)]
    [InlineData(68)]
    [InlineData(83)]
    public async Task Key_ForABodyWithAChangedByte_GetsNothing(int place)
    {
        using var recipient = new PassphraseRecipient("a passphrase");
        using var key = new PassphraseBundleKey("a passphrase");
        WrappedKey wrapped = await recipient.WrapAsync(KeyLab.Block(), s_context, CancellationToken.None);
        byte[] body = wrapped.Body.ToArray();
        if (place == 35)
        {
            body[32] ^= 1; // one round more or less
        }
        else
        {
            body[place] ^= 1;
        }

        Task<byte[]?> opening = key.TryUnwrapAsync(wrapped with { Body = body }, s_context, CancellationToken.None).AsTask();

        Assert.Null(place == 35 && BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(32)) < 600_000 ? null : await opening);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(599_999)]
    [InlineData(10_000_001)]
    [Spec("E-09")]
    public void Recipient_WithRoundsThatTheFormatDoesNotAllow_IsRefused(int rounds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PassphraseRecipient("x", rounds: rounds));

    [Theory]
    [InlineData(600_000u)]
    [InlineData(10_000_000u)]
    [Spec("E-09")]
    public void Rounds_ThatTheFormatAllows_AreTaken(uint rounds) => PassphraseWrap.RequireRounds(rounds);

    [Fact]
    public void Passphrase_ThatIsEmptyTooLongOrNoText_IsRefused()
    {
        foreach (string passphrase in (string[])["", new string('x', 4097), new string('ü', 2049), "\ud800", "a\udc00b"])
        {
            WaybillException recipient = Assert.Throws<WaybillException>(() => new PassphraseRecipient(passphrase));
            WaybillException key = Assert.Throws<WaybillException>(() => new PassphraseBundleKey(passphrase));

            Assert.Equal((WaybillErrorCode.KeyInvalid, WaybillErrorCode.KeyInvalid), (recipient.Code, key.Code));
            Assert.Null(key.InnerException); // an inner exception of an encoder quotes what it was given
        }
    }

    // Letters that look alike are different: nothing is normalised.
    [Fact]
    public async Task Passphrase_ComposedOtherwise_IsAnother()
    {
        using var recipient = new PassphraseRecipient("\u00fc");
        using var key = new PassphraseBundleKey("u\u0308");
        WrappedKey wrapped = await recipient.WrapAsync(KeyLab.Block(), s_context, CancellationToken.None);

        Assert.Null(await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));
    }

    private static byte[] Body(uint rounds)
    {
        byte[] body = new byte[84];
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(32), rounds);
        return body;
    }
}
