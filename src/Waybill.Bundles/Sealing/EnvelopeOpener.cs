using System.Security.Cryptography;
using Waybill.Bundles.Format;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Sealing;

/// <summary>Opens the envelope of a bundle with the keys at hand.</summary>
internal static class EnvelopeOpener
{
    /// <summary>Tries every key at every recipient, and takes what opens most.</summary>
    /// <returns>The keys, which the caller disposes.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/>: a key service failed, and no other key opens the bundle.</exception>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.NoMatchingKey"/>, <see cref="WaybillErrorCode.HeaderNotAuthentic"/>, or the code for what is wrong with the envelope.</exception>
    public static async ValueTask<BundleKeys> OpenAsync(
        ReadOnlyMemory<byte> payload, BundleId bundleId, IReadOnlyList<BundleKey> keys, long place, CancellationToken cancellationToken)
    {
        Wire.Envelope envelope = EnvelopePayload.Read(payload.Span, place);
        BundleKeys? best = null;
        List<WaybillException> failures = [];
        try
        {
            foreach (Wire.Recipient recipient in envelope.Recipients.OrderByDescending(r => r.Scopes))
            {
                if (best is not null && (uint)best.Scopes >= recipient.Scopes)
                {
                    break;
                }

                best = await TryAsync(recipient, (SealSuite)envelope.Suite, bundleId, keys, failures, cancellationToken).ConfigureAwait(false) ?? best;
            }

            if (best is null)
            {
                // The service might have opened it, so its failure is the reason, not the key.
                throw failures.FirstOrDefault() ?? NoMatchingKey(envelope, keys.Count, place);
            }

            return EnvelopePayload.IsAuthentic(payload.Span, envelope, best) && WireValues.ToBundleId(envelope.BundleId, "The bundle id in the envelope") == bundleId
                ? best
                : throw new BundleFormatException(WaybillErrorCode.HeaderNotAuthentic, "A key opens the envelope, but the envelope is not what its writer made") { Offset = place };
        }
        catch
        {
            best?.Dispose();
            throw;
        }
    }

    private static async ValueTask<BundleKeys?> TryAsync(
        Wire.Recipient recipient, SealSuite suite, BundleId bundleId, IReadOnlyList<BundleKey> keys, List<WaybillException> failures, CancellationToken cancellationToken)
    {
        var type = (RecipientType)recipient.Type;
        if (!Enum.IsDefined(type))
        {
            return null;
        }

        var scopes = (KeyScopes)recipient.Scopes;
        var wrapped = new WrappedKey(type, scopes, recipient.KeyId.Memory, recipient.Body.Memory);
        byte[] context = KeyContext.Of(bundleId, type, scopes, (byte)suite);
        foreach (BundleKey key in keys)
        {
            if (await TryUnwrapAsync(key, wrapped, context, failures, cancellationToken).ConfigureAwait(false) is { } block)
            {
                try
                {
                    if (BundleKeys.FromKeyBlock(bundleId, suite, scopes, block) is { } opened)
                    {
                        return opened;
                    }
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(block);
                }
            }
        }

        return null;
    }

    // A service that does not answer must not keep anyone from a bundle that the next key opens.
    private static async ValueTask<byte[]?> TryUnwrapAsync(
        BundleKey key, WrappedKey wrapped, byte[] context, List<WaybillException> failures, CancellationToken cancellationToken)
    {
        try
        {
            return await key.TryUnwrapAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e is not BundleFormatException)
        {
            failures.Add(e);
            return null;
        }
    }

    private static BundleFormatException NoMatchingKey(Wire.Envelope envelope, int keys, long place)
    {
        string recipients = string.Join(", ", envelope.Recipients.Select(Describe));
        return new BundleFormatException(
            WaybillErrorCode.NoMatchingKey, keys == 0 ? "The bundle is encrypted, and no key was given" : "The bundle is encrypted, and none of the keys given opens it")
        {
            Offset = place,
            Hint = $"It opens for: {recipients}.",
        };
    }

    private static string Describe(Wire.Recipient recipient)
    {
        string type = (RecipientType)recipient.Type switch
        {
            RecipientType.P256Hpke => "P-256 key",
            RecipientType.RsaOaep256 => "RSA key",
            RecipientType.PresharedKey => "shared key",
            RecipientType.Pbkdf2 => "passphrase",
            RecipientType.KeyService => "key service",
            _ => $"type {recipient.Type}",
        };
        return recipient.KeyId.IsEmpty ? type : $"{type} {Convert.ToHexStringLower(recipient.KeyId.Span)}";
    }
}
