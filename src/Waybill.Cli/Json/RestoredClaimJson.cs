using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>What was done, or would be, with the data behind a claim of a cluster.</summary>
internal sealed record RestoredClaimJson(string Volume, string Claim, string Action, bool Verified, ProblemJson? Problem)
{
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
        ProblemJson.OfOrNull(restored.Problem));
}
