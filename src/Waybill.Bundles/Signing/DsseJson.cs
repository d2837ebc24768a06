using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Waybill.Bundles.Signing;

/// <summary>
/// DSSE envelopes in JSON. A property that occurs twice is refused, because readers would disagree about which one counts; unknown ones are passed over.
/// </summary>
internal static class DsseJson
{
    // The text is written for JSON readers only, so + of base64 and media types stays as it is.
    private static readonly JsonWriterOptions s_writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonReaderOptions s_readerOptions = new() { MaxDepth = 32 };

    public static ReadOnlyMemory<byte> Write(SignedStatement statement)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_writerOptions))
        {
            json.WriteStartObject();
            json.WriteBase64String("payload"u8, statement.Payload.Span);
            json.WriteString("payloadType"u8, statement.PayloadType);
            json.WriteStartArray("signatures"u8);
            foreach (StatementSignature signature in statement.Signatures)
            {
                Write(json, signature);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenCount <= SignatureLimits.MaxLineLength
            ? buffer.WrittenMemory
            : throw SignatureLimits.Exceeded("A statement takes more than 1 MiB as a line of text", null);
    }

    /// <summary>Reads one envelope.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="number">The number of the line, for errors.</param>
    /// <param name="place">The offset of the line, for errors.</param>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.EncodingInvalid"/> or <see cref="WaybillErrorCode.LimitExceeded"/>.</exception>
    public static SignedStatement Read(ReadOnlySpan<byte> line, int number, long place)
    {
        try
        {
            var json = new JsonFields(line, s_readerOptions);
            SignedStatement statement = ReadEnvelope(ref json);
            json.EndOfText();
            return statement;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new BundleFormatException(WaybillErrorCode.EncodingInvalid, $"Line {number} of the statements is not a DSSE envelope: {e.Message}", e) { Offset = place };
        }
        catch (BundleFormatException e) when (e.Offset is null)
        {
            throw new BundleFormatException(e.Code, $"Line {number} of the statements: {e.Message}", e) { Offset = place };
        }
    }

    private static void Write(Utf8JsonWriter json, StatementSignature signature)
    {
        json.WriteStartObject();
        json.WriteString("keyid"u8, Convert.ToHexStringLower(signature.KeyId.Span));
        json.WriteBase64String("sig"u8, signature.Signature.Span);
        json.WriteString("algorithm"u8, signature.Algorithm);
        if (!signature.Certificates.IsEmpty)
        {
            json.WriteStartArray("certificates"u8);
            foreach (ReadOnlyMemory<byte> certificate in signature.Certificates)
            {
                json.WriteBase64StringValue(certificate.Span);
            }

            json.WriteEndArray();
        }

        if (!signature.Timestamp.IsEmpty)
        {
            json.WriteBase64String("timestamp"u8, signature.Timestamp.Span);
        }

        json.WriteEndObject();
    }

    private static SignedStatement ReadEnvelope(ref JsonFields json)
    {
        byte[]? payload = null;
        string? type = null;
        List<StatementSignature>? signatures = null;
        json.BeginObject();
        while (json.NextProperty() is { } name)
        {
            switch (name)
            {
                case "payload":
                    JsonFields.Once(ref payload, json.Base64(), name);
                    break;
                case "payloadType":
                    JsonFields.Once(ref type, json.Text(), name);
                    break;
                case "signatures":
                    JsonFields.Once(ref signatures, ReadSignatures(ref json), name);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return payload is null || type is null || signatures is null
            ? throw new FormatException("payload, payloadType or signatures is missing.")
            : new SignedStatement(type, payload, [.. signatures]);
    }

    private static List<StatementSignature> ReadSignatures(ref JsonFields json)
    {
        List<StatementSignature> signatures = [];
        json.BeginArray();
        while (json.NextElement())
        {
            if (signatures.Count == SignatureLimits.MaxSignatures)
            {
                throw SignatureLimits.Exceeded("A statement has more than 16 signatures", null);
            }

            signatures.Add(ReadSignature(ref json));
        }

        return signatures;
    }

    private static StatementSignature ReadSignature(ref JsonFields json)
    {
        byte[]? signature = null;
        string? keyId = null;
        string? algorithm = null;
        byte[]? timestamp = null;
        List<ReadOnlyMemory<byte>>? certificates = null;
        json.ObjectBegun();
        while (json.NextProperty() is { } name)
        {
            switch (name)
            {
                case "sig":
                    JsonFields.Once(ref signature, json.Base64(), name);
                    break;
                case "keyid":
                    JsonFields.Once(ref keyId, json.TextOrNull() ?? "", name);
                    break;
                case "algorithm":
                    JsonFields.Once(ref algorithm, json.TextOrNull() ?? "", name);
                    break;
                case "timestamp":
                    JsonFields.Once(ref timestamp, json.Base64(), name);
                    break;
                case "certificates":
                    JsonFields.Once(ref certificates, ReadCertificates(ref json), name);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return signature is null
            ? throw new FormatException("A signature has no sig.")
            : new StatementSignature(algorithm ?? "", KeyIdOf(keyId), signature, [.. certificates ?? []], timestamp ?? []);
    }

    private static List<ReadOnlyMemory<byte>> ReadCertificates(ref JsonFields json)
    {
        List<ReadOnlyMemory<byte>> certificates = [];
        json.BeginArray();
        while (json.NextElement())
        {
            if (certificates.Count == SignatureLimits.MaxCertificates)
            {
                throw SignatureLimits.Exceeded("A signature has more than 8 certificates", null);
            }

            certificates.Add(json.CurrentBase64());
        }

        return certificates;
    }

    // Other tools name keys as they like. The id is a hint, so one that is not ours is as good as none.
    private static byte[] KeyIdOf(string? text) =>
        text is { Length: > 0 } && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : [];
}
