using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>The base library's primitives, called as this library calls them, against published answers.</summary>
public sealed class PrimitiveTests
{
    public static TheoryData<string, string, string, string, string, string> Hkdf() => new()
    {
        {
            "RFC 5869, A.1",
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        },
        {
            "RFC 5869, A.2",
            Range(0x00, 80), Range(0x60, 80), Range(0xb0, 80),
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        },
        {
            "RFC 5869, A.3",
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        },
    };

    // The specification of GCM as submitted to NIST (McGrew, Viega), appendix B, the test cases for keys of 256 bits and nonces of 96.
    public static TheoryData<int, string, string, string, string, string, string> AesGcm256() => new()
    {
        { 13, new string('0', 64), new string('0', 24), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
        { 14, new string('0', 64), new string('0', 24), new string('0', 32), "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
        {
            15, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            "",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            "b094dac5d93471bdec1a502270e3cc6c"
        },
        {
            16, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b"
        },
    };

    [Theory]
    [MemberData(nameof(Hkdf))]
    public void Hkdf_GivesThePublishedKeys(string source, string input, string salt, string info, string key, string output)
    {
        byte[] extracted = new byte[32];
        byte[] expanded = new byte[output.Length / 2];
        byte[] derived = new byte[output.Length / 2];

        HKDF.Extract(HashAlgorithmName.SHA256, KeyLab.Bytes(input), KeyLab.Bytes(salt), extracted);
        HKDF.Expand(HashAlgorithmName.SHA256, extracted, expanded, KeyLab.Bytes(info));
        HKDF.DeriveKey(HashAlgorithmName.SHA256, KeyLab.Bytes(input), derived, KeyLab.Bytes(salt), KeyLab.Bytes(info));

        Assert.True(Convert.ToHexStringLower(extracted) == key, source);
        Assert.True(Convert.ToHexStringLower(expanded) == output, source);
        Assert.True(Convert.ToHexStringLower(derived) == output, source);
    }

    [Theory]
    [MemberData(nameof(AesGcm256))]
    public void AesGcm_GivesThePublishedTexts(int number, string key, string nonce, string plaintext, string associated, string ciphertext, string tag)
    {
        byte[] encrypted = new byte[plaintext.Length / 2];
        byte[] computed = new byte[OneTimeSeal.TagSize];
        using var aes = new AesGcm(KeyLab.Bytes(key), OneTimeSeal.TagSize);

        aes.Encrypt(KeyLab.Bytes(nonce), KeyLab.Bytes(plaintext), encrypted, computed, KeyLab.Bytes(associated));
        byte[]? opened = AesGcmOpening.Open(KeyLab.Bytes(key), KeyLab.Bytes(nonce), [.. encrypted, .. computed], KeyLab.Bytes(associated));

        Assert.True(Convert.ToHexStringLower(encrypted) == ciphertext, $"test case {number}");
        Assert.True(Convert.ToHexStringLower(computed) == tag, $"test case {number}");
        Assert.True(Convert.ToHexStringLower(opened!) == plaintext, $"test case {number}");
    }

    // With a nonce of zeros, test case 14 is what the one-time seal computes.
    [Fact]
    public void OneTimeSeal_GivesThePublishedText()
    {
        byte[] sealedBytes = new byte[32];

        OneTimeSeal.Seal(new byte[32], new byte[16], sealedBytes);

        Assert.Equal("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", Convert.ToHexStringLower(sealedBytes));
        Assert.Equal(new byte[16], OneTimeSeal.Open(new byte[32], sealedBytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(16)]
    public void AesGcm_WithAnotherNonceLength_IsRefused(int length)
    {
        using var aes = new AesGcm(new byte[32], OneTimeSeal.TagSize);

        Assert.Throws<ArgumentException>(() => aes.Encrypt(new byte[length], new byte[1], new byte[1], new byte[OneTimeSeal.TagSize]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(15)]
    public void Open_OfLessThanATag_GivesNothing(int length) => Assert.Null(OneTimeSeal.Open(new byte[32], new byte[length]));

    private static string Range(int first, int count) => Convert.ToHexStringLower([.. Enumerable.Range(first, count).Select(i => (byte)i)]);
}
