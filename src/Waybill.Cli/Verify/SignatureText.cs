using Waybill.Bundles;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Verify;

/// <summary>Says to a person whose signatures were found.</summary>
internal static class SignatureText
{
    /// <summary>Gets whether a problem is one of signatures and not of the bundle's bytes.</summary>
    public static bool IsOfSignature(WaybillErrorCode code) =>
        code is WaybillErrorCode.SignatureInvalid or WaybillErrorCode.SignatureMissing or WaybillErrorCode.SignerUntrusted;

    /// <summary>Writes what the signatures amount to, and each of them.</summary>
    public static void Write(TextWriter output, SignatureReport report, SignatureOutcome all, bool isDemanded)
    {
        string outcome = JsonText.Of(all);
        output.WriteLine(
            isDemanded ? $"  signatures: {(report.IsAccepted ? outcome : outcome.ToUpperInvariant())}"
            : all == SignatureOutcome.Unsigned ? "  signatures: none, and nobody's was asked for (--trust)"
            : "  signatures: not checked: no --trust");
        var table = new TextTable("    ", false, false, false, false);
        foreach (SignatureDetails signature in report.Signatures)
        {
            string time = signature.SigningTime is { } signed ? $", {HumanUnits.Moment(signed)}" : "";
            string subject = signature.CertificateSubject is { } named ? $", {named}" : "";
            string state = isDemanded || signature.Outcome == SignatureOutcome.Invalid
                ? (signature.Outcome is { } judged ? JsonText.Of(judged) : "not compared") + (signature.Problem is { } problem ? $": {problem}" : "")
                : "";
            table.Add(
                JsonText.Of(signature.Statement),
                $"signed by key {TerminalText.Escape(signature.KeyId)}",
                (signature.Algorithm is { } algorithm ? JsonText.Of(algorithm) : "unknown algorithm") + TerminalText.Escape(subject) + time,
                TerminalText.Escape(state));
        }

        table.Write(output);
    }
}
