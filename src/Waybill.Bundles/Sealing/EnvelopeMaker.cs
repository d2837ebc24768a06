using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Sealing;

/// <summary>Makes the envelope of a bundle for its recipients.</summary>
internal static class EnvelopeMaker
{
    public static async ValueTask<Wire.Envelope> MakeAsync(
        BundleKeys keys, IReadOnlyList<BundleRecipient> recipients, Digest headDigest, IEnumerable<Tag> publicTags, CancellationToken cancellationToken)
    {
        var envelope = new Wire.Envelope
        {
            Suite = (uint)keys.Suite,
            BundleId = keys.BundleId.ToWire(),
            HeadDigest = headDigest.ToWire(),
            MetaCommitment = keys.Commitment(SealScope.Meta).ToWire(),
            DataCommitment = keys.Commitment(SealScope.Data).ToWire(),
            SecretCommitment = keys.Commitment(SealScope.Secret).ToWire(),
        };
        foreach (BundleRecipient recipient in recipients)
        {
            byte[] block = keys.ToKeyBlock(recipient.Scopes);
            try
            {
                byte[] context = KeyContext.Of(keys.BundleId, recipient.Type, recipient.Scopes, (byte)keys.Suite);
                WrappedKey wrapped = await recipient.WrapAsync(block, context, cancellationToken).ConfigureAwait(false);
                envelope.Recipients.Add(new Wire.Recipient
                {
                    Type = (uint)wrapped.Type,
                    Scopes = (uint)wrapped.Scopes,
                    KeyId = ByteString.CopyFrom(wrapped.KeyId.Span),
                    Body = ByteString.CopyFrom(wrapped.Body.Span),
                });
            }
            finally
            {
                CryptographicOperations.ZeroMemory(block);
            }
        }

        envelope.PublicTags.Add(publicTags.Select(t => t.ToWire()));
        return envelope;
    }

    /// <summary>Refuses recipients that make no valid envelope.</summary>
    public static string? FindProblem(IReadOnlyList<BundleRecipient> recipients) => recipients.Count switch
    {
        0 => "An encrypted bundle needs at least one recipient",
        > BundleFormat.MaxRecipients => "A bundle has at most 64 recipients",
        > 1 when recipients.Any(r => r.Type == RecipientType.Pbkdf2) => "A passphrase is the only recipient of its bundle",
        _ when recipients.All(r => r.Scopes != KeyScopes.All) => "At least one recipient must be able to open everything",
        _ => null,
    };
}
