using Waybill.Bundles;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Verify;

/// <summary>Says to a person what a check without a key found, and that it looked at nothing else.</summary>
internal static class StorageText
{
    public static void Write(TextWriter output, VerificationReport report, bool isDemanded)
    {
        string state = (report.IsComplete, report.Problem) switch
        {
            (true, null) => "stored complete and intact",
            (true, { } problem) when SignatureText.IsOfSignature(problem.Code) => "stored complete and intact, but NOT TRUSTED",
            (false, { Code: WaybillErrorCode.Incomplete }) => "INCOMPLETE",
            (false, ProviderException) => "NOT CHECKED to its end",
            _ => "NOT INTACT",
        };
        output.WriteLine($"{TerminalText.Escape(report.Name)}: {state}");
        output.WriteLine($"  checked {HumanUnits.Size(report.BundleBytes)} of stored bytes in {HumanUnits.Count(report.Records, "record", "records")}");
        output.WriteLine("  NOT checked: what it holds, and what it builds on");
        if (report.Signatures is { } signatures)
        {
            SignatureText.Write(output, signatures, signatures.Storage ?? signatures.Outcome, isDemanded);
        }
    }
}
