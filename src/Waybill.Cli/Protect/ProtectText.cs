using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Protect;

/// <summary>Says to a person what a point holds, or would, and why it is not cheaper or more consistent.</summary>
internal static class ProtectText
{
    public static void Write(TextWriter output, AppPlanReport plan)
    {
        output.WriteLine($"{TerminalText.Escape(plan.Application)}: {(plan.Parent is null ? $"full: {TerminalText.Escape(plan.WhyFull ?? "")}" : $"what changed since {plan.Parent}")}");
        WriteVolumes(output, plan.Volumes);
    }

    public static void Write(TextWriter output, AppProtectReport report)
    {
        string kind = report.Bundle.Parent is { } parent ? $"what changed since {parent.Id}" : "full";
        output.WriteLine($"{TerminalText.Escape(report.File)}: {HumanUnits.Size(report.FileBytes)}, {kind}, bundle {report.Bundle.Id}");
        output.WriteLine($"  consistency: {report.Consistency}{(report.WhyNotMoreConsistent is { } less ? $" ({TerminalText.Escape(less)})" : "")}");
        if (report.WhyFull is { } why)
        {
            output.WriteLine($"  full: {TerminalText.Escape(why)}");
        }

        WriteVolumes(output, report.Volumes);
        foreach (StreamJson files in report.Bundle.Streams.Where(stream => stream.Gaps > 0))
        {
            output.WriteLine(
                $"  ATTENTION: {HumanUnits.Count(files.Gaps!.Value, "part", "parts")} of the files of {TerminalText.Escape(files.Name)} could not be read; a restore says which");
        }

        if (report.ResumedBytes > 0)
        {
            output.WriteLine($"  {HumanUnits.Size(report.ResumedBytes)} were stored by an interrupted run and not read again");
        }

        if (report.SelfCheckedBytes > 0)
        {
            output.WriteLine($"  {HumanUnits.Size(report.SelfCheckedBytes)} that the platform called unchanged were compared");
        }
    }

    private static void WriteVolumes(TextWriter output, VolumePlanJson[] volumes)
    {
        foreach (VolumePlanJson volume in volumes)
        {
            string read = volume.Step switch
            {
                "delta" => $"reads what changed, {HumanUnits.Size(volume.BytesToRead)}",
                "allocated" => $"reads what is allocated, {HumanUnits.Size(volume.BytesToRead)}",
                "compare" => $"reads and compares all, {HumanUnits.Size(volume.BytesToRead)}",
                "walk" => "walks all files",
                _ => $"reads all, {HumanUnits.Size(volume.BytesToRead)}",
            };
            output.WriteLine($"  {TerminalText.Escape(volume.Name)}: {read}{(volume.Length > 0 ? $" of {HumanUnits.Size(volume.Length)}" : "")}");
            foreach (string reason in volume.Reasons)
            {
                output.WriteLine($"    {TerminalText.Escape(reason)}");
            }
        }
    }
}
