using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Salvaging;

/// <summary>Finds and opens an envelope of a damaged bundle: the one at its head, else the one near its end.</summary>
internal static class SalvageKeys
{
    /// <summary>Opens the first envelope that is what its writer made.</summary>
    /// <returns>The keys; <see langword="null"/> if the bundle is not encrypted, or both envelopes are lost.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.NoMatchingKey"/>; <see cref="WaybillErrorCode.HeaderNotAuthentic"/> if there are envelopes, but none can be trusted.</exception>
    public static async ValueTask<RecordCipher?> FindAsync(
        DamagedSource source, uint tag, bool preambleIsIntact, IReadOnlyList<BundleKey> keys, CancellationToken cancellationToken)
    {
        var finder = new RecordFinder(source, tag, []);
        if (preambleIsIntact)
        {
            finder.AcceptPreamble();
        }

        BundleFormatException? problem = null;
        while (await finder.NextAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            try
            {
                if (record.Header.Type is not (RecordType.Envelope or RecordType.EnvelopeCopy))
                {
                    if (RecordHeader.MustBeSealed(record.Header.Type) && Enum.IsDefined(record.Header.Type) && !record.Header.IsSealed)
                    {
                        return null;
                    }

                    continue;
                }

                return await OpenAsync(record, keys, cancellationToken).ConfigureAwait(false);
            }
            catch (BundleFormatException e) when (e.Code is not (WaybillErrorCode.NoMatchingKey or WaybillErrorCode.UnsupportedFeature))
            {
                problem = e;
            }
            finally
            {
                record.Release();
            }
        }

        return problem is null ? null : throw problem;
    }

    private static async ValueTask<RecordCipher> OpenAsync(FoundRecord record, IReadOnlyList<BundleKey> keys, CancellationToken cancellationToken)
    {
        byte[] payload = record.Payload.ToArray();
        BundleId id = WireValues.ToBundleId(EnvelopePayload.Read(payload, record.Position).BundleId, "The bundle id in the envelope");
        return new RecordCipher(await EnvelopeOpener.OpenAsync(payload, id, keys, record.Position, cancellationToken).ConfigureAwait(false));
    }
}
