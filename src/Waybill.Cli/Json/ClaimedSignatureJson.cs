using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>A signature as it says of itself.</summary>
internal sealed record ClaimedSignatureJson(string Statement, string KeyId, string Algorithm)
{
    public static IEnumerable<ClaimedSignatureJson> Of(IEnumerable<SignedStatement> statements) => statements.SelectMany(statement => statement.Signatures.Select(
        signature => new ClaimedSignatureJson(JsonText.Of(statement.Kind), Convert.ToHexStringLower(signature.KeyId.Span), signature.Algorithm)));
}
