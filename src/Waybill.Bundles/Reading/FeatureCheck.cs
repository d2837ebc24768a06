using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>Refuses bundles that need what this reader does not have, in the bundle's own words where it has some (F-08).</summary>
internal static class FeatureCheck
{
    private const int HeadBytes = 64 * 1024;

    public static async ValueTask RequireKnownAsync(ByteSource source, Features features, CancellationToken cancellationToken)
    {
        if (features.UnknownIncompat != 0)
        {
            var head = new byte[(int)Math.Min(HeadBytes, source.Length)];
            int read = await source.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
            throw Refusal(features, FindNames(head.AsSpan(0, read)));
        }
    }

    /// <summary>Checks the features of a bundle that is read front to back; the preamble was read, nothing else.</summary>
    public static async ValueTask RequireKnownAsync(RecordReader records, CancellationToken cancellationToken)
    {
        if (records.Preamble.Features.UnknownIncompat == 0)
        {
            return;
        }

        Wire.FeatureNames? names = null;
        try
        {
            // README, then FEATURE_NAMES.
            for (int i = 0; i < 2 && names is null && await records.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record; i++)
            {
                record.CheckPayload();
                names = record.Header.Type == RecordType.FeatureNames ? ParseNames(record.Payload, record.Header.Offset) : null;
            }
        }
        catch (BundleFormatException)
        {
            // Whatever is odd behind the preamble, an unknown feature explains it.
        }

        throw Refusal(records.Preamble.Features, names);
    }

    public static BundleFormatException Refusal(Features features, Wire.FeatureNames? names)
    {
        var missing = new List<string>();
        string? hint = null;
        for (int bit = 0; bit < 64; bit++)
        {
            if ((features.UnknownIncompat >> bit & 1) != 0)
            {
                Wire.FeatureName? stated = names?.Features.FirstOrDefault(f => f.Word == 0 && f.Bit == bit);
                missing.Add(stated is { Name.Length: > 0 and <= 64 } ? stated.Name : FeatureRegistry.NameOf(0, bit));
                hint ??= stated is { Message.Length: > 0 and <= 256 } ? stated.Message : null;
            }
        }

        return new BundleFormatException(WaybillErrorCode.UnsupportedFeature, $"The bundle needs a feature this reader does not have: {string.Join(", ", missing)}")
        {
            Offset = 16,
            Hint = hint ?? "Use a newer version of this software.",
        };
    }

    private static Wire.FeatureNames? FindNames(ReadOnlySpan<byte> head)
    {
        long offset = Preamble.Size;
        for (int i = 0; i < 2 && offset + RecordHeader.Size <= head.Length; i++)
        {
            if (!RecordHeader.TryRead(head[(int)offset..], out RecordHeader header) || header.Offset != offset
                || header.PayloadLength < 0 || header.PayloadLength > head.Length - offset - RecordHeader.Size)
            {
                return null;
            }

            if (header.Type == RecordType.FeatureNames)
            {
                return ParseNames(head.Slice((int)offset + RecordHeader.Size, header.PayloadLength), offset);
            }

            offset = header.NextOffset;
        }

        return null;
    }

    private static Wire.FeatureNames? ParseNames(ReadOnlySpan<byte> payload, long place)
    {
        try
        {
            return StrictMessage.Parse(Wire.FeatureNames.Parser, Wire.FeatureNames.Descriptor, payload, place);
        }
        catch (BundleFormatException)
        {
            // The refusal stands with or without names.
            return null;
        }
    }
}
