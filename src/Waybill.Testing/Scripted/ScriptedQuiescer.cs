using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Holds an application that does not exist. Records what it was asked for, and fails where it is told to.</summary>
/// <param name="timeProvider">The clock that the deadline runs by; the system's if nothing is said.</param>
/// <param name="level">How consistent a snapshot in a lease is.</param>
public sealed class ScriptedQuiescer(TimeProvider? timeProvider = null, ConsistencyLevel level = ConsistencyLevel.Application) : IQuiescer
{
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ScriptedLease> _held = [];
    private readonly List<string> _events = [];

    /// <inheritdoc/>
    public string Name { get; init; } = "scripted";

    /// <summary>Gets or sets how many of the next quiesces fail.</summary>
    public int QuiesceFailures { get; set; }

    /// <summary>Gets or sets how many of the next thaws fail; what they should have let go stays held until the deadline, or until it is released.</summary>
    public int ThawFailures { get; set; }

    /// <summary>Gets what happened, in order: <c>quiesce ID</c>, <c>thaw ID</c>, <c>release ID</c>, <c>deadline ID</c>, <c>break ID</c>.</summary>
    public ImmutableArray<string> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Gets the ids of the leases that are held.</summary>
    public ImmutableArray<string> Held
    {
        get
        {
            lock (_gate)
            {
                return [.. _held.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _events.Add($"quiesce {request.LeaseId}");
            if (QuiesceFailures > 0)
            {
                QuiesceFailures--;
                throw new ProviderException(WaybillErrorCode.QuiesceFailed, Name, "The script has this quiesce fail.");
            }

            if (_held.ContainsKey(request.LeaseId))
            {
                throw new ProviderException(WaybillErrorCode.QuiesceFailed, Name, $"Lease {request.LeaseId} is held already.");
            }

            var lease = new ScriptedLease(this, request.LeaseId, level, Now());
            // Armed before anything is held: whoever dies in between leaves nothing frozen.
            lease.Arm(_time, request.Deadline);
            _held.Add(request.LeaseId, lease);
            return ValueTask.FromResult<QuiesceLease>(lease);
        }
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        End(leaseId, "release");
        return ValueTask.CompletedTask;
    }

    /// <summary>Lets the application go on although nobody thawed it, as an operator or a crash would.</summary>
    /// <param name="leaseId">The lease.</param>
    public void Break(string leaseId) => End(leaseId, "break");

    internal void End(string leaseId, string what)
    {
        lock (_gate)
        {
            if (_held.Remove(leaseId, out ScriptedLease? lease))
            {
                _events.Add($"{what} {leaseId}");
                lease.End(Now(), broken: true);
            }
            else if (what == "release")
            {
                _events.Add($"release {leaseId}");
            }
        }
    }

    internal QuiesceOutcome Thaw(ScriptedLease lease)
    {
        lock (_gate)
        {
            if (lease.Outcome is { } earlier)
            {
                return earlier;
            }

            _events.Add($"thaw {lease.Id}");
            if (ThawFailures > 0)
            {
                ThawFailures--;
                throw new ProviderException(WaybillErrorCode.ThawFailed, Name, "The script has this thaw fail.");
            }

            _held.Remove(lease.Id);
            return lease.End(Now(), broken: false);
        }
    }

    private Timestamp Now() => Timestamp.From(_time.GetUtcNow());
}
