namespace Waybill.Samples.FileShare;

/// <summary>Whether something may be done.</summary>
/// <param name="IsAllowed">Whether it may.</param>
/// <param name="Reason">Why not, in a sentence that may stand in a backup.</param>
public sealed record AccessDecision(bool IsAllowed, string Reason = "")
{
    /// <summary>It may be done.</summary>
    public static readonly AccessDecision Allowed = new(true);

    /// <summary>It may not be done.</summary>
    /// <param name="reason">Why, in a sentence that may stand in a backup.</param>
    /// <returns>The decision.</returns>
    public static AccessDecision Denied(string reason) => new(false, reason);
}
