using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>One signature. Unless its outcome is valid, everything is a claim.</summary>
internal sealed record SignatureJson(string Statement, string KeyId, string? Algorithm, string? Outcome, string? CertificateSubject, string? Time, string? Problem)
{
    public static SignatureJson Of(SignatureDetails signature) => new(
        JsonText.Of(signature.Statement),
        signature.KeyId,
        signature.Algorithm is { } algorithm ? JsonText.Of(algorithm) : null,
        signature.Outcome is { } outcome ? JsonText.Of(outcome) : null,
        signature.CertificateSubject,
        signature.SigningTime?.ToString(),
        signature.Problem);
}
