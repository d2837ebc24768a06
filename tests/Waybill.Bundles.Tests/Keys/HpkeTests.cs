using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

public sealed class HpkeTests
{
    private static readonly byte[] s_info = "info"u8.ToArray();
    private static readonly byte[] s_message = "thirty-two bytes of a file key.."u8.ToArray();

    [Theory]
    [MemberData(nameof(HpkeVector.All), MemberType = typeof(HpkeVector))]
    public void Encapsulate_OfPublishedVector_GivesItsSecret(HpkeVector vector)
    {
        using ECDiffieHellman ephemeral = KeyLab.P256(vector.EphemeralPrivate, vector.Encapsulated);
        byte[] encapsulated = new byte[P256Point.Size];
        byte[] secret = new byte[32];

        Hpke.Encapsulate(ephemeral, KeyLab.Bytes(vector.RecipientPublic), encapsulated, secret);

        Assert.Equal(vector.Encapsulated, Convert.ToHexStringLower(encapsulated));
        Assert.Equal(vector.SharedSecret, Convert.ToHexStringLower(secret));
    }

    [Theory]
    [MemberData(nameof(HpkeVector.All), MemberType = typeof(HpkeVector))]
    public void Decapsulate_OfPublishedVector_GivesItsSecret(HpkeVector vector)
    {
        using ECDiffieHellman recipient = KeyLab.P256(vector.RecipientPrivate, vector.RecipientPublic);
        byte[] secret = new byte[32];

        Assert.True(Hpke.TryDecapsulate(recipient, KeyLab.Bytes(vector.Encapsulated), secret));

        Assert.Equal(vector.SharedSecret, Convert.ToHexStringLower(secret));
    }

    [Theory]
    [MemberData(nameof(HpkeVector.All), MemberType = typeof(HpkeVector))]
    public void KeySchedule_OfPublishedVector_GivesItsKeyAndNonce(HpkeVector vector)
    {
        using var keys = HpkeKeys.Derive(vector.Cipher, KeyLab.Bytes(vector.SharedSecret), KeyLab.Bytes(HpkeVector.Info));

        Assert.Equal(vector.Key, Convert.ToHexStringLower(keys.Key));
        Assert.Equal(vector.BaseNonce, Convert.ToHexStringLower(keys.BaseNonce));
    }

    [Theory]
    [MemberData(nameof(HpkeVector.All), MemberType = typeof(HpkeVector))]
    public void SealAndOpen_OfPublishedVectorWithAes_GiveItsTexts(HpkeVector vector)
    {
        if (vector.Cipher == HpkeAead.ChaCha20Poly1305)
        {
            return; // its secret, key and nonce are checked above; the cipher is not used here
        }

        using ECDiffieHellman ephemeral = KeyLab.P256(vector.EphemeralPrivate, vector.Encapsulated);
        using ECDiffieHellman recipient = KeyLab.P256(vector.RecipientPrivate, vector.RecipientPublic);
        byte[] info = KeyLab.Bytes(HpkeVector.Info);
        byte[] associated = KeyLab.Bytes(HpkeVector.AssociatedData);

        byte[] message = Hpke.Seal(vector.Cipher, ephemeral, KeyLab.Bytes(vector.RecipientPublic), info, associated, KeyLab.Bytes(HpkeVector.Plaintext));
        byte[]? opened = Hpke.Open(vector.Cipher, recipient, info, associated, message);

        Assert.Equal(vector.Encapsulated + vector.Ciphertext, Convert.ToHexStringLower(message));
        Assert.Equal(HpkeVector.Plaintext, Convert.ToHexStringLower(opened!));
    }

    [Fact]
    public void Open_OfAnyChangedByte_GivesNothing()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] message = Hpke.Seal(P256Point.Export(key), s_info, s_message);

        Assert.Equal(s_message, Hpke.Open(key, s_info, message));
        for (int i = 0; i < message.Length; i++)
        {
            message[i] ^= 1;
            Assert.True(Hpke.Open(key, s_info, message) is null, $"It opened although byte {i} was changed.");
            message[i] ^= 1;
        }
    }

    [Fact]
    public void Open_OfAnyShorterMessage_GivesNothing()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] message = Hpke.Seal(P256Point.Export(key), s_info, s_message);

        Assert.All(Enumerable.Range(0, message.Length), length => Assert.Null(Hpke.Open(key, s_info, message.AsSpan(0, length))));
        Assert.Null(Hpke.Open(key, s_info, [.. message, 0]));
    }

    [Fact]
    public void Open_WithAnotherKeyOrInfo_GivesNothing()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] message = Hpke.Seal(P256Point.Export(key), s_info, s_message);

        Assert.Null(Hpke.Open(other, s_info, message));
        Assert.Null(Hpke.Open(key, [.. s_info, 0], message));
        Assert.Null(Hpke.Open(key, [], message));
    }

    [Fact]
    public void Seal_Twice_GivesDifferentMessages()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = P256Point.Export(key);

        Assert.NotEqual(Hpke.Seal(point, s_info, s_message), Hpke.Seal(point, s_info, s_message));
    }

    [Fact]
    public void Seal_ForWhatIsNoPoint_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Hpke.Seal(new byte[P256Point.Size], s_info, s_message));
}
