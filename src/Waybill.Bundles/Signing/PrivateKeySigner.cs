using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Signing;

/// <summary>Signs with a key of this process.</summary>
internal sealed class PrivateKeySigner(SigningKey key, IEnumerable<X509Certificate2>? certificates, TimestampAuthority? timestampAuthority)
    : BundleSigner(TrustedKey.FromSubjectPublicKeyInfo(key.SubjectPublicKeyInfo), certificates, timestampAuthority)
{
    // The keys of the base library do not promise to be used by several threads at once.
    private readonly Lock _gate = new();

    public override ValueTask<ReadOnlyMemory<byte>> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new ValueTask<ReadOnlyMemory<byte>>(key.Sign(data.Span));
        }
    }

    protected override void Dispose(bool disposing)
    {
        key.Owned?.Dispose();
        base.Dispose(disposing);
    }
}
