using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <content>Says what is in use and what changed.</content>
public sealed partial class SimulatedArrayProvider
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        await Gate.PassAsync(ArrayOperation.ListPage, cancellationToken).ConfigureAwait(false);
        ArraySnapshot found;
        lock (_gate)
        {
            found = Require(volume, snapshot);
        }

        int listed = 0;
        foreach (ByteRange range in UnitRuns.Of(found.Content.Units, found.Descriptor.Length).Where(range => range.End > startingOffset))
        {
            if (++listed % Options.PageLength == 0)
            {
                await Gate.PassAsync(ArrayOperation.ListPage, cancellationToken).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            yield return range;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public async ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        if (await Gate.TryAsync(ArrayOperation.Diff, cancellationToken).ConfigureAwait(false) is { } wait)
        {
            // Whoever asks has a policy for how long to wait; a question need not hide that as a read must.
            return new DiffResult.RetryLater(wait, "The array takes no more requests.");
        }

        lock (_gate)
        {
            Require(volume);
            ArraySnapshot to = Require(volume, target);
            if (!JournalPosition.TryParse(baseId, out JournalPosition? from))
            {
                return new DiffResult.UseAllocated("The base is not a position in a journal of this array.");
            }

            if (from.Volume != volume)
            {
                return new DiffResult.Fatal($"The base belongs to volume {from.Volume}.");
            }

            long first = Math.Min(from.Sequence, to.Sequence);
            return from.Sequence > _sequence ? new DiffResult.UseAllocated("The base lies behind the end of the journal: the array was set back.")
                : first < to.Volume.Journal.Forgotten ? new DiffResult.UseAllocated($"The journal was overrun: it begins after write {to.Volume.Journal.Forgotten}, the base is write {first}.")
                : new DiffResult.Known(new JournalDelta(this, to, to.Volume.Journal.Between(first, Math.Max(from.Sequence, to.Sequence))));
        }
    }

    /// <summary>Counts the records in the journal of a volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <returns>How many there are.</returns>
    public int CountRecords(VolumeId volume)
    {
        lock (_gate)
        {
            return Require(volume).Journal.Count;
        }
    }

    /// <summary>Forgets what was written so far, as after a power cut that took the journal.</summary>
    /// <param name="volume">The volume.</param>
    public void LoseJournal(VolumeId volume)
    {
        lock (_gate)
        {
            Require(volume).Journal.Lose(_sequence);
        }
    }

    internal int BeginList(ArraySnapshot snapshot)
    {
        lock (_gate)
        {
            return ++snapshot.ListNumber;
        }
    }

    internal bool IsGood(ArraySnapshot snapshot, ReadToken token)
    {
        lock (_gate)
        {
            return snapshot.ListNumber == token.List
                && token.Epoch == _tokenEpoch
                && Options.TimeProvider.GetElapsedTime(token.Issued) <= Options.TokenLifetime;
        }
    }

    internal ReadToken Issue(int list, ByteRange range)
    {
        lock (_gate)
        {
            return new ReadToken(list, range, _tokenEpoch, Options.TimeProvider.GetTimestamp());
        }
    }

    private void RevokeTokens()
    {
        lock (_gate)
        {
            _tokenEpoch++;
        }
    }
}
