using Waybill.Catalog;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>Prints what was read into a catalog.</summary>
internal static class CatalogScanText
{
    /// <summary>Prints a report.</summary>
    /// <returns>The exit code: it failed if something could not be read, though whose key is missing or what is damaged does not end a scan.</returns>
    public static int Write(CliConsole console, BundleCatalog catalog, CatalogScanReport report, string schema, bool json)
    {
        if (json)
        {
            BundleReport.WriteJson(console, CatalogScanJson.Of(schema, catalog, report), CliJsonContext.Default.CatalogScanJson);
        }
        else
        {
            if (catalog.MovedAside is { } aside)
            {
                console.Error.WriteLine($"waybill: the catalog that was there is now {TerminalText.Escape(aside)}; what else it knew must be scanned again");
            }

            foreach (CatalogProblem problem in report.Problems)
            {
                console.Error.WriteLine(TerminalText.Escape($"{Path.Combine(problem.Store, problem.Name)}: {problem.Problem.ToDisplayString()}"));
            }

            string gone = report.Gone > 0 ? $", {HumanUnits.Count(report.Gone, "is gone", "are gone")}" : "";
            string unread = report.Problems.Length > 0 ? $", {HumanUnits.Count(report.Problems.Length, "could not be read", "could not be read")}" : "";
            console.Output.WriteLine($"{HumanUnits.Count(report.Read, "bundle", "bundles")} read, {HumanUnits.Count(report.Added, "new point", "new points")}{gone}{unread}; catalog {TerminalText.Escape(catalog.Name)}");
        }

        return report.Problems.Any(problem => !problem.IsRecorded) ? ExitCode.Failed : ExitCode.Done;
    }
}
