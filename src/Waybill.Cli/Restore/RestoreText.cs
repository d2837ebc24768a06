using Waybill.Bundles;
using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Restore;

/// <summary>Says to a person what <c>bundle restore</c> wrote, and what it could not.</summary>
internal static class RestoreText
{
    private const int ShownProblems = 20;

    public static void Write(TextWriter output, BundleManifest manifest, RestoreReport report, bool isSigned)
    {
        output.WriteLine($"{TerminalText.Escape(manifest.Application.Name)} as of {HumanUnits.Moment(manifest.Created)}:");
        var table = new TextTable("  ", false, true, false);
        foreach (RestoredJson restored in report.Restored)
        {
            string entries = restored.Entries is { } count
                ? restored.Kind == "resources" ? HumanUnits.Count(count, "object", "objects") : HumanUnits.Count(count, "entry", "entries")
                : "";
            string problems = restored.Problems.Length == 0 ? "" : $", {HumanUnits.Count(restored.Problems.Length, "problem", "problems")}";
            string lost = restored.DamagedFiles.Length == 0 ? "" : $", {HumanUnits.Count(restored.DamagedFiles.Length, "file", "files")} LOST";
            table.Add(TerminalText.Escape(restored.Path), HumanUnits.Size(restored.Bytes), entries + problems + lost);
        }

        table.Write(output);
        foreach (NotRestoredJson lost in report.NotRestored)
        {
            output.WriteLine(TerminalText.Escape($"  NOT restored: {lost.Kind} {lost.Name}: {lost.Problem.Code}"));
        }

        if (report.Restored.Length > 0)
        {
            output.WriteLine($"content verified up to the manifest{(isSigned ? ", and that against the signatures demanded" : "; nobody's signature was demanded")}");
        }
    }

    /// <summary>Says what of a tree is not as it was.</summary>
    public static void WriteProblems(TextWriter error, string path, IReadOnlyList<FileRestoreProblem> problems)
    {
        foreach (FileRestoreProblem problem in problems.Take(ShownProblems))
        {
            error.WriteLine($"waybill: not as it was: {TerminalText.Escape($"{path}/{problem.Path}: {problem.What}: {problem.Reason}")}");
        }

        if (problems.Count > ShownProblems)
        {
            error.WriteLine($"waybill: and {HumanUnits.Count(problems.Count - ShownProblems, "more; --json lists it", "more; --json lists them")}");
        }
    }
}
