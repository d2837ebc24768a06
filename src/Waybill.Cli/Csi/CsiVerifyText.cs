using System.Globalization;
using Waybill.Cli.Terminal;
using Waybill.Testing;

namespace Waybill.Cli.Csi;

/// <summary>A report about a driver for people: a table of all checks, then what failed with its evidence, then the sum.</summary>
internal static class CsiVerifyText
{
    public static void Write(CliConsole console, ConformanceReport report)
    {
        TextWriter output = console.Output;
        var table = new TextTable("", false, false, true, false);
        foreach (ConformanceCheck check in report.Checks)
        {
            string seconds = check.Outcome == ConformanceOutcome.NotApplicable ? "" : check.Duration.TotalSeconds.ToString("F2", CultureInfo.InvariantCulture) + " s";
            table.Add(Word(check.Outcome), check.Id, seconds, check.Outcome == ConformanceOutcome.NotApplicable ? TerminalText.Escape(check.Detail) : "");
        }

        table.Write(output);
        foreach (ConformanceCheck failure in report.Failures)
        {
            output.WriteLine();
            output.WriteLine($"FAILED  {failure.Id}");
            output.WriteLine($"        {failure.Obligation}");
            output.WriteLine($"        {TerminalText.Escape(failure.Detail)}");
        }

        int passed = report.Checks.Count(check => check.Outcome == ConformanceOutcome.Passed);
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{TerminalText.Escape(report.Subject)}: {passed} passed, {report.Failures.Length} failed, {report.Checks.Length - passed - report.Failures.Length} skipped"));
    }

    private static string Word(ConformanceOutcome outcome) => outcome switch
    {
        ConformanceOutcome.Passed => "passed",
        ConformanceOutcome.Failed => "FAILED",
        _ => "skipped",
    };
}
