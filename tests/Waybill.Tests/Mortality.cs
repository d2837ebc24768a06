using System.Collections.Immutable;
using Waybill.Providers;
using Waybill.Storage;
using Waybill.Testing;

namespace Waybill.Engine.Tests;

/// <summary>
/// Kills a run at a given call to the outside, before or after the call had its effect: from then on no call gets through, as if the process were
/// gone, so that no clean-up code can help.
/// </summary>
internal sealed class Mortality
{
    private readonly Lock _gate = new();
    private int _calls;

    public int DiesAt { get; set; } = int.MaxValue;

    public bool IsDead { get; private set; }

    public int Calls => _calls;

    public void Attach(EngineLab lab)
    {
        lab.Platform.Faults.BeforeCall = (_, _) =>
        {
            Step();
            return ValueTask.CompletedTask;
        };
        lab.Context = lab.Context with
        {
            Store = new MortalStore(lab.Store, this),
            Quiescers = ImmutableDictionary<string, IQuiescer>.Empty.Add("hold", new MortalQuiescer(lab.Quiescer, this)),
        };
    }

    public void Revive()
    {
        IsDead = false;
        DiesAt = int.MaxValue;
    }

    public void Step()
    {
        lock (_gate)
        {
            _calls++;
            IsDead |= _calls >= DiesAt;
            if (IsDead)
            {
                throw new KilledException();
            }
        }
    }

    internal sealed class KilledException : Exception;

    private sealed class MortalQuiescer(IQuiescer inner, Mortality life) : IQuiescer
    {
        public string Name => inner.Name;

        public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
        {
            life.Step();
            QuiesceLease lease = await inner.QuiesceAsync(request, cancellationToken);
            life.Step();
            return new MortalLease(lease, life);
        }

        public ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.ReleaseAsync(leaseId, cancellationToken);
        }
    }

    private sealed class MortalLease(QuiesceLease inner, Mortality life) : QuiesceLease
    {
        public override ConsistencyLevel Level => inner.Level;

        public override Timestamp HeldSince => inner.HeldSince;

        public override async ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default)
        {
            life.Step();
            return await inner.ThawAsync(cancellationToken);
        }

        public override ValueTask DisposeAsync() => life.IsDead ? ValueTask.CompletedTask : inner.DisposeAsync();
    }

    private sealed class MortalStore(InMemoryBundleStore inner, Mortality life) : IBundleStore
    {
        public string Name => inner.Name;

        public IAsyncEnumerable<StoredBundle> ListAsync(CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.ListAsync(cancellationToken);
        }

        public ValueTask<ByteSource> OpenReadAsync(string name, CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.OpenReadAsync(name, cancellationToken);
        }

        public async ValueTask<StoreUpload> CreateAsync(string name, CancellationToken cancellationToken = default)
        {
            life.Step();
            return new MortalUpload(await inner.CreateAsync(name, cancellationToken), inner, life);
        }

        public ValueTask<ByteSource?> OpenUnfinishedAsync(string name, CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.OpenUnfinishedAsync(name, cancellationToken);
        }

        public ValueTask DiscardUnfinishedAsync(string name, CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.DiscardUnfinishedAsync(name, cancellationToken);
        }

        public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.DeleteAsync(name, cancellationToken);
        }
    }

    private sealed class MortalUpload(StoreUpload inner, InMemoryBundleStore store, Mortality life) : StoreUpload
    {
        public override Stream Body => inner.Body;

        public override ValueTask<ByteSource?> OpenWrittenAsync(CancellationToken cancellationToken = default)
        {
            life.Step();
            return inner.OpenWrittenAsync(cancellationToken);
        }

        public override async ValueTask<StoredBundle> CommitAsync(CancellationToken cancellationToken = default)
        {
            life.Step();
            StoredBundle bundle = await inner.CommitAsync(cancellationToken);
            life.Step();
            return bundle;
        }

        public override ValueTask DisposeAsync()
        {
            if (life.IsDead)
            {
                store.AbandonUploads();
            }

            inner.KeepsUnfinished = KeepsUnfinished || life.IsDead;
            return inner.DisposeAsync();
        }
    }
}
