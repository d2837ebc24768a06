using System.Collections.Immutable;
using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Signing;

/// <summary>Maps signed statements to and from the payload of a SIGNATURE record.</summary>
internal static class SignedStatementCodec
{
    /// <summary>Builds the payload of a SIGNATURE record.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.LimitExceeded"/>: a reader would refuse it.</exception>
    public static byte[] Encode(SignedStatement statement)
    {
        var wire = new Wire.SignedStatement { PayloadType = statement.PayloadType, Payload = ByteString.CopyFrom(statement.Payload.Span) };
        foreach (StatementSignature signature in statement.Signatures)
        {
            var one = new Wire.Signature
            {
                Algorithm = signature.Algorithm,
                KeyId = ByteString.CopyFrom(signature.KeyId.Span),
                Signature_ = ByteString.CopyFrom(signature.Signature.Span),
                Timestamp = ByteString.CopyFrom(signature.Timestamp.Span),
            };
            one.Certificates.Add(signature.Certificates.Select(c => ByteString.CopyFrom(c.Span)));
            wire.Signatures.Add(one);
        }

        byte[] payload = wire.ToByteArray();
        CheckLimits(payload, null);
        return payload;
    }

    /// <summary>Reads the payload of a SIGNATURE record; the bytes that are signed stay as they stand (S-01).</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="place">The record's offset, for errors.</param>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.LimitExceeded"/>, or <see cref="WaybillErrorCode.EncodingInvalid"/>.</exception>
    public static SignedStatement Decode(ReadOnlySpan<byte> payload, long place)
    {
        CheckLimits(payload, place);
        Wire.SignedStatement wire = StrictMessage.Parse(Wire.SignedStatement.Parser, Wire.SignedStatement.Descriptor, payload, place);
        return new SignedStatement(wire.PayloadType, wire.Payload.Memory, [.. wire.Signatures.Select(Decode)]);
    }

    private static StatementSignature Decode(Wire.Signature wire)
    {
        ImmutableArray<ReadOnlyMemory<byte>> certificates = [.. wire.Certificates.Select(c => c.Memory)];
        return new StatementSignature(wire.Algorithm, wire.KeyId.Memory, wire.Signature_.Memory, certificates, wire.Timestamp.Memory);
    }

    // Two bytes of input can demand an object of a hundred, so the numbers are counted before anything is made of them.
    private static void CheckLimits(ReadOnlySpan<byte> payload, long? place)
    {
        if (payload.Length > SignatureLimits.MaxStatementLength)
        {
            throw SignatureLimits.Exceeded("A signed statement is longer than 1 MiB", place);
        }

        int signatures = 0;
        var fields = new FieldScan(payload);
        while (fields.MoveNext())
        {
            if (fields.Number == Wire.SignedStatement.SignaturesFieldNumber)
            {
                if (++signatures > SignatureLimits.MaxSignatures)
                {
                    throw SignatureLimits.Exceeded("A statement has more than 16 signatures", place);
                }

                CheckCertificates(fields.Value, place);
            }
        }
    }

    private static void CheckCertificates(ReadOnlySpan<byte> signature, long? place)
    {
        int certificates = 0;
        var fields = new FieldScan(signature);
        while (fields.MoveNext())
        {
            if (fields.Number == Wire.Signature.CertificatesFieldNumber && ++certificates > SignatureLimits.MaxCertificates)
            {
                throw SignatureLimits.Exceeded("A signature has more than 8 certificates", place);
            }
        }
    }
}
