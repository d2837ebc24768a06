using System.Collections.Concurrent;

namespace Waybill.Samples.FileShare.Tests;

/// <summary>A policy that a test writes down, and that remembers what it was asked.</summary>
internal sealed class TestAccess(string user, string secret, TimeProvider clock) : IShareAccess
{
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets what may not be done: a path and an operation, or a path and everything.</summary>
    public Dictionary<string, ShareOperation?> Denied { get; } = [];

    public bool RefusesAll { get; set; }

    public int Logins { get; private set; }

    public ConcurrentQueue<(FilePath Path, ShareOperation Operation)> Asked { get; } = [];

    public ValueTask<ShareGrant> EnterAsync(string share, CancellationToken cancellationToken = default)
    {
        if (RefusesAll)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "policy", $"{share} is not for backups.") { VendorCode = "ACCESS_DENIED" };
        }

        Logins++;
        return ValueTask.FromResult(new ShareGrant(user, secret, clock.GetUtcNow() + Lifetime));
    }

    public ValueTask<AccessDecision> AskAsync(string share, FilePath path, ShareOperation operation, CancellationToken cancellationToken = default)
    {
        Asked.Enqueue((path, operation));
        return ValueTask.FromResult(Denied.TryGetValue(path.ToString(), out ShareOperation? denied) && (denied ?? operation) == operation
            ? AccessDecision.Denied("the legal department says so")
            : AccessDecision.Allowed);
    }
}
