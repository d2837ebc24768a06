using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Reading;

/// <summary>What a reader from front to back knows of the envelope of an encrypted bundle.</summary>
internal sealed class EnvelopeScan(RecordReader records, IReadOnlyList<BundleKey> keys)
{
    private byte[]? _payload;
    private Wire.Envelope? _envelope;

    /// <summary>Gets whether the envelope was seen and opened.</summary>
    public bool IsOpen => _envelope is not null;

    /// <summary>Gets whether its copy was seen.</summary>
    public bool IsRepeated { get; private set; }

    /// <summary>Opens the envelope; records are opened from here on.</summary>
    public async ValueTask OpenAsync(RawRecord record, CancellationToken cancellationToken)
    {
        long place = record.Header.Offset;
        _payload = record.Payload.ToArray();
        Digest head = records.TakeHeadDigest();
        BundleKeys opened = await EnvelopeOpener.OpenAsync(_payload, records.Preamble.BundleId, keys, place, cancellationToken).ConfigureAwait(false);
        records.UseCipher(new RecordCipher(opened));
        _envelope = EnvelopePayload.Read(_payload, place);
        if (head != new Digest(_envelope.HeadDigest.Span))
        {
            throw new BundleFormatException(WaybillErrorCode.HeaderNotAuthentic, "The bytes before the envelope are not what its writer made") { Offset = 0 };
        }
    }

    /// <summary>Compares the copy (E-02).</summary>
    public void Repeat(in RawRecord record) => IsRepeated = record.Payload.SequenceEqual(_payload)
        ? true
        : throw new BundleFormatException(WaybillErrorCode.HeaderNotAuthentic, "The two envelopes of the bundle differ") { Offset = record.Header.Offset };

    /// <summary>Refuses a manifest without its random salt (E-14), and tags in the clear that it does not have, or not as public (E-07).</summary>
    public void CheckManifest(in RawRecord manifest)
    {
        if (_envelope is not { } envelope)
        {
            return;
        }

        Wire.Manifest wire = Wire.Manifest.Parser.ParseFrom(manifest.Payload);
        if (!wire.BlindingSalt.Span.ContainsAnyExcept((byte)0))
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "The manifest of an encrypted bundle has no random salt") { Offset = manifest.Header.Offset };
        }

        var known = new Queue<Wire.Tag>(wire.Tags.Where(t => t.Sensitivity == Wire.Sensitivity.Public));
        foreach (Wire.Tag tag in envelope.PublicTags)
        {
            while (known.TryPeek(out Wire.Tag? next) && !next.Equals(tag))
            {
                known.Dequeue();
            }

            if (!known.TryDequeue(out _))
            {
                throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "A tag stands in the clear that the manifest does not have, or not as public") { Offset = manifest.Header.Offset };
            }
        }
    }
}
