namespace Waybill.Samples.FileShare;

/// <summary>What lets somebody into a share for a time.</summary>
/// <param name="User">Who; this is what the audit names.</param>
/// <param name="Secret">What proves it: a password or a short-lived token. Never written anywhere.</param>
/// <param name="Expires">When it must be asked for again.</param>
public sealed record ShareGrant(string User, string Secret, DateTimeOffset Expires)
{
    /// <inheritdoc/>
    public override string ToString() => $"{User} until {Expires:O}";
}
