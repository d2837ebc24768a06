namespace Waybill.Cli.Json;

/// <summary>Something of a file tree that is not as it was.</summary>
/// <param name="Path">The path in the tree; bytes that are not printable text are shown as <c>\x</c> and two digits.</param>
/// <param name="What">What is concerned: <c>data</c>, <c>xattrs</c>, <c>owner</c> and so on.</param>
/// <param name="Reason">Why.</param>
internal sealed record RestoreProblemJson(string Path, string What, string Reason)
{
    public static RestoreProblemJson Of(FileRestoreProblem problem) => new(problem.Path.ToString(), problem.What, problem.Reason);
}
