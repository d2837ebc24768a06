using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Salvage;

/// <summary>Shows on a terminal what <c>bundle salvage</c> found and wrote.</summary>
internal static class SalvageText
{
    private const int Shown = 20;

    public static void Write(TextWriter output, SalvageReportJson report)
    {
        string state = report.Damage.Length == 0 && report.HasTrailer ? "complete" : report.HasTrailer ? "DAMAGED" : "INCOMPLETE";
        string whose = report.Application is { } application ? $", {application}" : "";
        WriteLine(output, $"{report.Source}: {state}{whose}, {HumanUnits.Count(report.Records, "record", "records")} found");
        foreach (SalvageDamageJson damage in report.Damage.Take(Shown))
        {
            WriteLine(output, $"  damaged at {damage.Offset}, {HumanUnits.Size(damage.Length)}: {damage.Reason}");
        }

        WriteRest(output, "  ", report.Damage.Length);
        foreach (SalvagedJson salvaged in report.Salvaged)
        {
            WriteLine(output, $"  {salvaged.Path}: {Describe(salvaged)}");
            foreach (RestoreProblemJson problem in salvaged.Problems.Take(Shown))
            {
                WriteLine(output, $"    {problem.Path}: {problem.What}: {problem.Reason}");
            }

            WriteRest(output, "    ", salvaged.Problems.Length);
        }

        if (report.Salvaged.Length == 0)
        {
            output.WriteLine("  nothing could be recovered");
        }
    }

    private static string Describe(SalvagedJson salvaged)
    {
        if (salvaged.Bytes is { } bytes)
        {
            string proof = salvaged.Proved == true ? "verified" : "present, not proved by a root";
            string lost = salvaged.MissingFile is { } list ? $"; {HumanUnits.Count(salvaged.MissingRanges, "range", "ranges")} missing, listed in {list}" : "";
            string end = salvaged.Whole || salvaged.MissingFile is not null ? "" : "; where it ends is not known";
            return $"{HumanUnits.Size(bytes)} {proof}{lost}{end}";
        }

        bool objects = salvaged.Kind == "resources";
        string count = HumanUnits.Count(salvaged.Entries ?? 0, objects ? "object" : "entry", objects ? "objects" : "entries");
        string partial = salvaged.PartialFiles.Length == 0 ? "" : $"; {HumanUnits.Count(salvaged.PartialFiles.Length, "file is", "files are")} PARTIAL, listed in {salvaged.MissingFile}";
        return count + (salvaged.Whole ? "" : "; NOT whole") + partial;
    }

    private static void WriteRest(TextWriter output, string indent, int count)
    {
        if (count > Shown)
        {
            output.WriteLine($"{indent}and {count - Shown} more; --json lists them");
        }
    }

    private static void WriteLine(TextWriter output, string text) => output.WriteLine(TerminalText.Escape(text));
}
