using Waybill.Bundles;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Verify;

/// <summary>Says to a person what a verification found.</summary>
internal static class VerifyText
{
    public static void Write(TextWriter output, VerificationReport report, bool isDemanded)
    {
        foreach (VerificationReport part in report.Parents.Prepend(report))
        {
            string state = (part.IsComplete, part.Problem is null) switch
            {
                (true, true) => IsOpened(part) ? "complete and intact" : "complete; what the key opens is intact",
                (true, false) when SignatureText.IsOfSignature(part.Problem!.Code) => "complete and intact, but NOT TRUSTED",
                (true, false) => "complete but NOT INTACT",
                (false, _) when part.Problem?.Code is WaybillErrorCode.Incomplete => "INCOMPLETE",
                (false, _) when part.Problem is ProviderException => "NOT CHECKED to its end",
                _ => "NOT INTACT",
            };
            output.WriteLine($"{TerminalText.Escape(part.Name)}: {state}");
            if (part.Manifest is { } manifest)
            {
                output.WriteLine($"  {TerminalText.Escape(manifest.Application.Name)}, {HumanUnits.Moment(manifest.Created)}, bundle {manifest.Id}");
            }

            output.WriteLine(
                $"  checked {HumanUnits.Size(part.ContentBytes)} of content in {HumanUnits.Count(part.Cells, "cell", "cells")}, "
                + $"{HumanUnits.Size(part.BundleBytes)} of bundle in {HumanUnits.Count(part.Records, "record", "records")}");
            WriteUnchecked(output, part);
        }

        if (report.Parents.Prepend(report).Any(part => part.Problem is BundleFormatException { Code: not (WaybillErrorCode.NotABundle or WaybillErrorCode.UnsupportedVersion or WaybillErrorCode.UnsupportedFeature) }))
        {
            // Behind the first problem nothing was checked, so one line must not pass for all that is wrong.
            output.WriteLine("  checked up to the first problem only; 'waybill bundle salvage FILE --to DIR' finds all and saves the rest");
        }

        if (report.Manifest is { Parent: { } parent } && !report.ParentsChecked)
        {
            output.WriteLine($"  NOT checked: what it inherits from bundle {parent.Id}");
        }

        if (report.Signatures is { } signatures)
        {
            SignatureText.Write(output, signatures, signatures.Outcome, isDemanded);
        }
    }

    private static bool IsOpened(VerificationReport part) => part.Scopes != KeyScopes.None && part.UncheckedStreams.IsEmpty;

    private static void WriteUnchecked(TextWriter output, VerificationReport part)
    {
        if (part.UncheckedStreams.IsEmpty)
        {
            return;
        }

        output.WriteLine("  NOT checked, as no key given opens it:");
        var table = new TextTable("    ", false, false);
        foreach (StreamInfo stream in part.UncheckedStreams)
        {
            table.Add(JsonText.Of(stream.Kind), TerminalText.Escape(stream.Name));
        }

        table.Write(output);
    }
}
