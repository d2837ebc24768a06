using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>Quiesces by several quiescers, one after the other, and thaws in reverse order. If one fails, those before it are thawed.</summary>
public sealed class CompositeQuiescer : IQuiescer
{
    private readonly CompositeArrangement _arrangement;
    private readonly ImmutableArray<IQuiescer> _members;
    private readonly TimeProvider _time;

    /// <summary>Makes a quiescer.</summary>
    /// <param name="name">Its name in the configuration, in bundles and in messages.</param>
    /// <param name="arrangement">How the members belong together, which decides how consistent all of it is.</param>
    /// <param name="members">The members, outermost first: applications before the file systems under them.</param>
    /// <param name="time">The clock; the system's if null.</param>
    public CompositeQuiescer(string name, CompositeArrangement arrangement, ImmutableArray<IQuiescer> members, TimeProvider? time = null)
    {
        QuiescerArguments.Check(name, !members.IsDefaultOrEmpty, "It has no members.");
        Name = name;
        _arrangement = arrangement;
        _members = members;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        QuiescerArguments.Check(request);
        long start = _time.GetTimestamp();
        var leases = ImmutableArray.CreateBuilder<QuiesceLease>();
        bool held = false;
        try
        {
            foreach (IQuiescer member in _members)
            {
                // Every deadline counts from the call on: together they must not be longer than one.
                TimeSpan left = request.Deadline - _time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                {
                    throw new ProviderException(WaybillErrorCode.QuiesceFailed, Name, $"The deadline passed before {member.Name} was asked");
                }

                leases.Add(await member.QuiesceAsync(request with { Deadline = left }, cancellationToken).ConfigureAwait(false));
            }

            held = true;
            return new CompositeLease(Name, _arrangement, leases.ToImmutable());
        }
        finally
        {
            if (!held)
            {
                foreach (QuiesceLease lease in leases.AsEnumerable().Reverse())
                {
                    await lease.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(leaseId);
        List<Exception> problems = [];
        foreach (IQuiescer member in _members.Reverse())
        {
            try
            {
                await member.ReleaseAsync(leaseId, cancellationToken).ConfigureAwait(false);
            }
            catch (WaybillException e)
            {
                // What one could not release must not keep the others held.
                problems.Add(e);
            }
        }

        CompositeLease.ThrowIfAny(Name, problems);
    }
}
