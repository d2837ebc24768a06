using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>What was done, or would be, with the data behind a claim of a cluster.</summary>
internal sealed record RestoredClaimJson(string Volume, string Claim, string Action, bool Verified, ProblemJson? Problem)
{
    /// <summary>Gets what of its files could not be restored as it was.</summary>
    public RestoreProblemJson[] FileProblems { get; init; } = [];

    /// <summary>Gets its files that were left out because the bundle is damaged there.</summary>
    public string[] DamagedFiles { get; init; } = [];

    public static RestoredClaimJson Of(RestoredClaim restored) => new(
        restored.Volume,
        restored.Claim,
        restored.Action switch
        {
            ClaimAction.Fill => "fill",
            ClaimAction.Overwrite => "overwrite",
            ClaimAction.Filled => "filled",
            _ => "keep",
        },
        restored.IsVerified,
        ProblemJson.OfOrNull(restored.Problem))
    {
        FileProblems = [.. restored.FileProblems.Select(RestoreProblemJson.Of)],
        DamagedFiles = [.. restored.DamagedFiles.Select(file => file.ToString())],
    };
}
