using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Signing;
using Waybill.Vectors.Images;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Sketches;

/// <summary>Someone who signs: a name for the algorithm, the public key, and the function.</summary>
internal sealed record StatementSigner(string Algorithm, byte[] PublicKey, Func<byte[], byte[]> Sign);

/// <summary>A signed statement about an image, made once the records up to the manifest are laid out.</summary>
internal sealed record StatementSketch(string PayloadType, Func<BundleImage, byte[]> Payload, params StatementSigner[] Signers)
{
    /// <summary>Gets what changes the statement after it was signed.</summary>
    public Action<Wire.SignedStatement>? Change { get; init; }

    public static StatementSketch Content(params StatementSigner[] signers) =>
        new(Statements.ContentType, i => Statements.BuildContent(i.Id, i.ManifestDigest), signers);

    public static StatementSketch Storage(params StatementSigner[] signers) =>
        new(Statements.StorageType, i => Statements.BuildStorage(i.Id, i.ManifestDigest, i.Storage!), signers);

    /// <summary>Makes a SIGNATURE record of it.</summary>
    public ImageRecord ToRecord(BundleImage image) => new(RecordType.Signature, []) { Edit = _ => Build(image).ToByteArray() };

    public Wire.SignedStatement Build(BundleImage image)
    {
        byte[] payload = Payload(image);
        byte[] data = Dsse.PreAuthenticationEncoding(PayloadType, payload);
        var statement = new Wire.SignedStatement { PayloadType = PayloadType, Payload = ByteString.CopyFrom(payload) };
        foreach (StatementSigner signer in Signers)
        {
            statement.Signatures.Add(new Wire.Signature
            {
                Algorithm = signer.Algorithm,
                KeyId = ByteString.CopyFrom(System.Security.Cryptography.SHA256.HashData(signer.PublicKey)[..16]),
                Signature_ = ByteString.CopyFrom(signer.Sign(data)),
            });
        }

        Change?.Invoke(statement);
        return statement;
    }

    /// <summary>Makes a line of detached statements of it.</summary>
    public string ToLine(BundleImage image)
    {
        Wire.SignedStatement statement = Build(image);
        var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("payloadType", statement.PayloadType);
            json.WriteString("payload", statement.Payload.ToBase64());
            json.WriteStartArray("signatures");
            foreach (Wire.Signature signature in statement.Signatures)
            {
                json.WriteStartObject();
                json.WriteString("keyid", Convert.ToHexStringLower(signature.KeyId.Span));
                json.WriteString("algorithm", signature.Algorithm);
                json.WriteString("sig", signature.Signature_.ToBase64());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.ToArray()) + "\n";
    }
}
