using System.Buffers.Binary;
using System.Security.Cryptography;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Writing;

/// <summary>Seals the records of one writer run. Whoever resumes makes a new one: no run's salt serves another (E-13).</summary>
internal sealed class RecordSealer(RecordCipher cipher) : IDisposable
{
    private readonly UInt128 _salt = BinaryPrimitives.ReadUInt128BigEndian(RandomNumberGenerator.GetBytes(16));
    private long _lastSequence = -1;

    public BundleKeys Keys => cipher.Keys;

    /// <summary>Makes a sealer with a new file key; <see langword="null"/> if nothing is to be sealed.</summary>
    public static RecordSealer? Create(BundleId id, BundleEncryption? encryption)
    {
        if (encryption is null)
        {
            return null;
        }

        byte[] fileKey = RandomNumberGenerator.GetBytes(BundleKeys.KeySize);
        try
        {
            return new RecordSealer(new RecordCipher(BundleKeys.FromFileKey(id, encryption.Suite, fileKey)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(fileKey);
        }
    }

    /// <summary>Gets the runs so far, for LAYOUT.</summary>
    public IReadOnlyList<(long FirstSequence, UInt128 Salt)> Runs => [(0, _salt)];

    /// <summary>Seals a payload in place, each sequence number once.</summary>
    public void Seal(in RecordHeader header, SealScope scope, Span<byte> payload)
    {
        if (header.Sequence <= _lastSequence)
        {
            throw new InvalidOperationException("A record with this number was sealed before: its nonce must not be used again.");
        }

        _lastSequence = header.Sequence;
        cipher.Seal(header, new SealPrefix(scope, _salt), payload);
    }

    public void Dispose() => cipher.Dispose();
}
