using System.Security.Cryptography;
using Waybill.Bundles.Keys;

#pragma warning disable SYSLIB5006 // Part of the base library still under evaluation; used in this file and in one factory.

namespace Waybill.Bundles.Signing;

/// <summary>ML-DSA-65 where the platform has it.</summary>
internal static class MlDsaKeys
{
    /// <summary>Reads a public key and writes it again in its one canonical form.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.PlatformUnsupported"/>: the platform lacks the algorithm.</exception>
    public static byte[] Canonical(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        Require();
        using MLDsa key = MLDsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo);
        return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Reads a PKCS #8 key and writes it again, with its public half. The caller clears the private one.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.PlatformUnsupported"/>: the platform lacks the algorithm.</exception>
    public static (byte[] PrivateKeyInfo, byte[] SubjectPublicKeyInfo) CanonicalPrivate(ReadOnlySpan<byte> privateKeyInfo)
    {
        Require();
        using MLDsa key = MLDsa.ImportPkcs8PrivateKey(privateKeyInfo);
        return (key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
    }

    public static byte[] Encrypt(ReadOnlySpan<byte> privateKeyInfo, ReadOnlySpan<byte> passphrase, PbeParameters protection)
    {
        Require();
        using MLDsa key = MLDsa.ImportPkcs8PrivateKey(privateKeyInfo);
        return key.ExportEncryptedPkcs8PrivateKey(passphrase, protection);
    }

    public static bool Verify(ReadOnlySpan<byte> subjectPublicKeyInfo, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Require();
        using MLDsa key = MLDsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo);
        return key.VerifyData(data, signature, []);
    }

    /// <summary>Makes a signer of a PKCS #8 key, which it owns.</summary>
    public static SigningKey ImportPrivate(byte[] privateKeyInfo)
    {
        Require();
        return Of(MLDsa.ImportPkcs8PrivateKey(privateKeyInfo), owned: true);
    }

    public static SigningKey Of(MLDsa key, bool owned)
    {
        if (key.Algorithm != MLDsaAlgorithm.MLDsa65)
        {
            throw KeyErrors.Invalid($"Of ML-DSA only ML-DSA-65 signs bundles, not {key.Algorithm.Name}");
        }

        return new SigningKey(key.ExportSubjectPublicKeyInfo(), data => Sign(key, data), owned ? key : null);
    }

    private static byte[] Sign(MLDsa key, ReadOnlySpan<byte> data)
    {
        var signature = new byte[key.Algorithm.SignatureSizeInBytes];
        key.SignData(data, signature, []);
        return signature;
    }

    private static void Require()
    {
        if (!MLDsa.IsSupported)
        {
            throw KeyErrors.MlDsaMissing();
        }
    }
}
