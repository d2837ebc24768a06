using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A bundle that could not be read.</summary>
internal sealed record CatalogProblemJson(string Store, string Name, bool Recorded, ProblemJson Problem)
{
    public static CatalogProblemJson Of(CatalogProblem problem) => new(problem.Store, problem.Name, problem.IsRecorded, ProblemJson.Of(problem.Problem));
}
