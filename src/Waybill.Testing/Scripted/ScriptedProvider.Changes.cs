using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Says what is in use and what changed.</content>
public sealed partial class ScriptedProvider
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        await Faults.EnterAsync(ScriptedCall.GetAllocated, cancellationToken).ConfigureAwait(false);
        if (!Options.ReportsAllocated)
        {
            throw Failure(WaybillErrorCode.ProviderUnsupported, "This platform does not say what is in use.");
        }

        ModelSnapshot content;
        lock (_gate)
        {
            content = Require(volume, snapshot).Content;
        }

        IEnumerable<ChangedRange> reported = Report(content, content.Disk.GetAllocated(content), zeros: false);
        await foreach (ChangedRange range in PageAsync(reported, startingOffset, cancellationToken).ConfigureAwait(false))
        {
            yield return range.Range;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.Diff, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            Require(volume, VolumeKind.Block);
            ScriptedSnapshot to = Require(volume, target);
            if (Faults.TakeAnswer() is { } answer)
            {
                return answer;
            }

            ScriptedSnapshot? from = _snapshots.Find(known => known.Descriptor.ChangeId == baseId);
            if (from is not null && from.Volume.Id != volume)
            {
                return new DiffResult.Fatal($"{baseId} belongs to volume {from.Volume.Id}.");
            }

            if (FindObstacle(from, to) is { } reason)
            {
                return Options.ReportsAllocated ? new DiffResult.UseAllocated(reason) : new DiffResult.UseFull(reason);
            }

            return new DiffResult.Known(MakeDelta(from!, to));
        }
    }

    /// <summary>Lists ranges as a platform does that answers page by page, some of them empty.</summary>
    internal async IAsyncEnumerable<ChangedRange> PageAsync(
        IEnumerable<ChangedRange> ranges, long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int delivered = 0;
        foreach (ChangedRange listed in ranges.Where(range => range.Range.End > startingOffset))
        {
            if (delivered++ % Math.Max(Options.PageSize, 1) == 0)
            {
                await Task.Yield();
            }

            await Faults.EnterAsync(ScriptedCall.DeliverChange, cancellationToken).ConfigureAwait(false);
            yield return Options.ClipsAtStart && listed.Range.Offset < startingOffset
                ? listed with { Range = ByteRange.FromBounds(startingOffset, listed.Range.End) }
                : listed;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    internal int BeginList(ScriptedSnapshot snapshot)
    {
        lock (_gate)
        {
            return ++snapshot.ListNumber;
        }
    }

    internal bool IsLatestList(ScriptedSnapshot snapshot, int number)
    {
        lock (_gate)
        {
            return !Options.ListAgainExpires || snapshot.ListNumber == number;
        }
    }

    private string? FindObstacle(ScriptedSnapshot? from, ScriptedSnapshot to) =>
        Options.Shape == ChangeShape.None ? "This platform does not track changes."
        : from is null ? "The base is not known."
        : from.IsLost ? "Changes since the base were lost."
        : from.IsDeleted && Options.BaseMustExist ? "The base is gone."
        : !Options.AnyBase && from != to && to.Previous != from ? "Only the snapshot before can be the base."
        : null;

    private Delta MakeDelta(ScriptedSnapshot from, ScriptedSnapshot to)
    {
        IEnumerable<ByteRange> touched = to.Content.Disk.GetChanges(from.Content, to.Content).Select(change => change.Range);
        ImmutableArray<ChangedRange> changes = [.. Report(to.Content, touched, Options.ReportsZeros)];
        return Options.Shape switch
        {
            ChangeShape.Stream => new ScriptedStreamDelta(this, to, changes),
            ChangeShape.Push => new ScriptedPushDelta(this, to, changes),
            _ => new ScriptedRangeDelta(this, to, changes),
        };
    }

    /// <summary>Makes of what is true what this platform says of it.</summary>
    private IEnumerable<ChangedRange> Report(ModelSnapshot content, IEnumerable<ByteRange> truth, bool zeros)
    {
        long unit = Options.Unit;
        // A superset is shown by one more unit on each side: neighbours are what real platforms add, too.
        long margin = Options.Exactness == ChangeExactness.Superset ? unit : 0;
        IEnumerable<ByteRange> rounded = truth
            .Select(range => ByteRange.FromBounds(Math.Max(0, range.Offset - margin), range.End + margin))
            .Select(range => ModelDisk.RoundOutward(range, unit));
        IEnumerable<ChangedRange> kinds = content.Disk.Classify(rounded, content, unit);
        if (!zeros)
        {
            var data = new ExtentMap();
            foreach (ChangedRange change in kinds)
            {
                data.Set(change.Range, ChangedRangeKind.Data);
            }

            kinds = data.Runs;
        }

        return Options.MaxRangeLength == 0 ? kinds : kinds.SelectMany(change => Split(change.Range, Options.MaxRangeLength).Select(part => change with { Range = part }));
    }

    internal static IEnumerable<ByteRange> Split(ByteRange range, long length)
    {
        for (long offset = range.Offset; offset < range.End; offset += length)
        {
            yield return ByteRange.FromBounds(offset, Math.Min(range.End, offset + length));
        }
    }
}
