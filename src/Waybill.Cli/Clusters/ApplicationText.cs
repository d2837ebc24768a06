using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Clusters;

/// <summary>Says to a person what an application of a cluster consists of.</summary>
internal static class ApplicationText
{
    public static void Write(TextWriter output, AppShowReport report)
    {
        output.WriteLine(TerminalText.Escape(report.Application));
        OriginJson origin = report.Origin;
        output.WriteLine($"  cluster  {TerminalText.Escape(origin.ClusterName ?? "(this one)")}, {TerminalText.Escape(report.ClusterVersion ?? "version not known")}, id {TerminalText.Escape(origin.ClusterId ?? "not known")}");
        output.WriteLine($"  objects  {report.Objects.Length}, {HumanUnits.Size(report.Bytes)}");
        var objects = new TextTable("    ", false, false, false);
        foreach (CapturedObjectJson item in report.Objects)
        {
            objects.Add(TerminalText.Escape(item.Kind), TerminalText.Escape(item.Namespace is null ? item.Name : $"{item.Namespace}/{item.Name}"), item.AskedFor ? "" : "needed");
        }

        objects.Write(output);
        WriteTable(output, "claims", report.Claims, [false, true, false, false], claim =>
            [$"{claim.Namespace}/{claim.Name}", claim.Capacity ?? "", claim.StorageClass ?? "", claim.Handle is null ? "" : $"{claim.Driver}: {claim.Handle}"]);
        WriteTable(output, "images", report.Images, [false, false], image => [image.Image, image.Digest ?? "digest not known: nothing runs it"]);
        WriteTable(output, "data outside of the cluster, which is in no backup of the application", report.ExternalData, [false, false, false], data => [data.Kind, data.Target, data.Reference]);
        WriteGaps(output, report.Gaps);
    }

    public static void WriteGaps(TextWriter output, CaptureGapJson[] gaps)
    {
        if (gaps.Length == 0)
        {
            return;
        }

        output.WriteLine($"  ATTENTION: {HumanUnits.Count(gaps.Length, "part", "parts")} could not be read");
        foreach (CaptureGapJson gap in gaps)
        {
            output.WriteLine($"    {TerminalText.Escape(gap.What)}: {TerminalText.Escape(gap.Reason)}");
        }
    }

    private static void WriteTable<T>(TextWriter output, string title, T[] rows, bool[] numbers, Func<T, string[]> cells)
    {
        if (rows.Length == 0)
        {
            return;
        }

        output.WriteLine($"  {title}");
        var table = new TextTable("    ", numbers);
        foreach (T row in rows)
        {
            table.Add([.. cells(row).Select(cell => TerminalText.Escape(cell))]);
        }

        table.Write(output);
    }
}
