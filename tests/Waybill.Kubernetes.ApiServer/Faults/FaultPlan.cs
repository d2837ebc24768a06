using System.Collections.Immutable;

namespace Waybill.Kubernetes.ApiServer.Faults;

/// <summary>What goes wrong, in the order in which it was written down: a request meets the first rule that fits it and is not used up.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private ImmutableList<FaultRule> _rules = [];

    /// <summary>Adds a rule.</summary>
    public FaultRule Add(FaultRule rule)
    {
        lock (_gate)
        {
            _rules = _rules.Add(rule);
        }

        return rule;
    }

    /// <summary>Lets requests of a kind fail with a status.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">What the path and query must contain.</param>
    /// <param name="code">The status.</param>
    /// <param name="reason">The reason in the answer.</param>
    /// <param name="times">How often.</param>
    /// <param name="retryAfter">Seconds after which to come back; 0 for not said.</param>
    public FaultRule Fail(string method, string path, int code, string reason, int times = int.MaxValue, int retryAfter = 0) =>
        Add(new FaultRule(method, path, times) { Code = code, Reason = reason, RetryAfter = retryAfter });

    /// <summary>Cuts connections instead of answering.</summary>
    public FaultRule Drop(string method, string path, int times = int.MaxValue) => Add(new FaultRule(method, path, times) { CutAfter = 0 });

    /// <summary>Cuts connections after so many bytes of the answer.</summary>
    public FaultRule CutAfter(long bytes, string method, string path, int times = int.MaxValue) => Add(new FaultRule(method, path, times) { CutAfter = bytes });

    /// <summary>Answers only when a task has ended.</summary>
    public FaultRule HoldUntil(Task released, string method, string path, int times = int.MaxValue) => Add(new FaultRule(method, path, times) { Released = released });

    /// <summary>Runs something before requests of a kind are answered.</summary>
    public FaultRule Before(string method, string path, Action run, int times = 1) => Add(new FaultRule(method, path, times) { Run = run });

    /// <summary>Lets a request of a user's through, and cuts everything that comes from that user afterwards, as if its process had died behind that step.</summary>
    public FaultRule DieBehind(string user, string method, string path) =>
        Add(new FaultRule(method, path, 1) { User = user, Then = new FaultRule("*", "/", int.MaxValue) { User = user, CutAfter = 0 } });

    /// <summary>Takes all rules back.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _rules = [];
        }
    }

    internal FaultRule? Match(string method, string pathAndQuery, string user)
    {
        lock (_gate)
        {
            FaultRule? met = _rules.Find(rule => rule.TryUse(method, pathAndQuery, user));
            if (met?.Then is { } then)
            {
                _rules = _rules.Add(then);
            }

            return met;
        }
    }
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="Method">The method of the requests it meets; <c>*</c> for all.</param>
/// <param name="Path">What their path and query contain.</param>
/// <param name="Times">How many requests it meets.</param>
public sealed record FaultRule(string Method, string Path, int Times)
{
    private int _used;

    /// <summary>Gets whose requests it meets; empty for everybody's.</summary>
    public string User { get; init; } = "";

    /// <summary>Gets the status to answer with; 0 for the true one.</summary>
    public int Code { get; init; }

    public string Reason { get; init; } = "";

    public int RetryAfter { get; init; }

    /// <summary>Gets after how many bytes of the answer the connection is cut; null for never.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Gets what has to end before there is an answer.</summary>
    public Task? Released { get; init; }

    /// <summary>Gets what is run before the answer.</summary>
    public Action? Run { get; init; }

    /// <summary>Gets a rule that holds from the moment on at which this one meets a request: no other request slips in between.</summary>
    public FaultRule? Then { get; init; }

    /// <summary>Gets how many requests it has met.</summary>
    public int Used => Volatile.Read(ref _used);

    internal bool TryUse(string method, string pathAndQuery, string user)
    {
        if ((Method != "*" && Method != method) || (User.Length > 0 && User != user) || !pathAndQuery.Contains(Path, StringComparison.Ordinal) || _used >= Times)
        {
            return false;
        }

        _used++;
        return true;
    }
}
