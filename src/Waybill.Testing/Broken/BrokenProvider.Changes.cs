using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Says wrongly what is in use and what changed.</content>
public sealed partial class BrokenProvider
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        SnapshotDescriptor? found = await inner.FindSnapshotAsync(snapshot, CancellationToken.None).ConfigureAwait(false);
        if (found is null && Breach == Breach.AllocatedOfUnknown)
        {
            yield break;
        }

        bool meets = Breach == Breach.AllocatedListsExclude;
        if (meets)
        {
            await RefuseSecondAsync("allocated").ConfigureAwait(false);
        }

        await foreach (ChangedRange range in BrokenList.ListAsync(
            AllocatedFault,
            (offset, token) => inner.GetAllocatedAsync(volume, snapshot, offset, token).Select(one => new ChangedRange(one)),
            startingOffset,
            found?.Length ?? 0,
            cancellationToken).ConfigureAwait(false))
        {
            yield return range.Range;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        if (Breach == Breach.DiffsExclude)
        {
            await RefuseSecondAsync("diff").ConfigureAwait(false);
        }

        DiffResult answer;
        try
        {
            answer = await inner.DiffAsync(volume, baseId, target, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException gone) when (Breach == Breach.GoneTargetIsUnchanged && gone.Code == WaybillErrorCode.SnapshotNotFound)
        {
            return Unchanged();
        }

        SnapshotDescriptor? found = await inner.FindSnapshotAsync(target, cancellationToken).ConfigureAwait(false);
        switch (Breach)
        {
            case Breach.OtherBaseAccepted when answer is DiffResult.Fatal:
            case Breach.UnknownBaseIsUnchanged when answer is DiffResult.UseAllocated or DiffResult.UseFull:
            case Breach.DeletedBaseIsUnchanged when _anyDeleted:
                return Unchanged();
            case Breach.NeverKnown when answer is DiffResult.Known:
                return new DiffResult.UseFull("Today nothing is known.");
            case Breach.MissedWhileWriting when _takenWhileWriting.ContainsKey(target):
                return Unchanged();
            default:
                bool isSame = found?.ChangeId == baseId;
                return answer is DiffResult.Known known ? new DiffResult.Known(Break(known.Changes, found?.Length ?? 0, isSame)) : answer;
        }
    }

    private ListFault AllocatedFault => Breach switch
    {
        Breach.AllocatedMisses => ListFault.Misses,
        Breach.AllocatedUnsorted => ListFault.Unsorted,
        Breach.AllocatedOverlaps => ListFault.Overlaps,
        Breach.AllocatedEmpty => ListFault.Empty,
        Breach.AllocatedPastEnd => ListFault.PastEnd,
        Breach.AllocatedOffsetIgnored => ListFault.OffsetIgnored,
        Breach.AllocatedClippedWrongly => ListFault.ClippedWrongly,
        Breach.AllocatedEndsOnCancel => ListFault.EndsOnCancel,
        _ => ListFault.None,
    };

    private ListFault ChangesFault => Breach switch
    {
        Breach.ChangesMissed => ListFault.Misses,
        Breach.ChangesUnsorted => ListFault.Unsorted,
        Breach.ChangesOverlap => ListFault.Overlaps,
        Breach.ChangesEmpty => ListFault.Empty,
        Breach.ChangesPastEnd => ListFault.PastEnd,
        Breach.ChangesOffsetIgnored => ListFault.OffsetIgnored,
        Breach.ChangesClippedWrongly => ListFault.ClippedWrongly,
        Breach.ChangesEndOnCancel => ListFault.EndsOnCancel,
        Breach.DeltaEndsEarly => ListFault.EndsEarly,
        Breach.ZeroUntrue => ListFault.ZeroUntrue,
        Breach.ZeroNotReported => ListFault.ZeroNotReported,
        Breach.NotExact => ListFault.NotExact,
        Breach.NotInUnits => ListFault.NotInUnits,
        _ => ListFault.None,
    };

    private static DiffResult.Known Unchanged() => new(new BrokenRangeDelta(null, ListFault.None, 0, null));

    private Delta Break(Delta delta, long length, bool isSame) => delta switch
    {
        StreamDelta stream => new BrokenStreamDelta(stream, ChangesFault),
        PushDelta push => new BrokenPushDelta(push, ChangesFault),
        RangeDelta when Breach == Breach.SameSnapshotDiffers && isSame => new FixedRangeDelta(new ChangedRange(new ByteRange(0, Math.Min(4096, length)))),
        RangeDelta list => new BrokenRangeDelta(
            list,
            ChangesFault,
            length,
            Breach == Breach.ContentWrong && list.Reader is { } reader ? new BrokenReader(inner, reader, Breach, _meeting) { IsDamaged = true } : null)
        {
            ListsOnce = Breach == Breach.TokensNotRenewed,
        },
        _ => delta,
    };

    private async Task RefuseSecondAsync(string what)
    {
        int before = await _meeting.EnterAsync(what).ConfigureAwait(false);
        _meeting.Leave(what);
        if (before > 0)
        {
            throw inner.Failure(WaybillErrorCode.ProviderBusy, "Another call runs.", transient: true);
        }
    }

    private sealed class FixedRangeDelta(ChangedRange change) : RangeDelta
    {
        public override IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, CancellationToken cancellationToken = default) =>
            AsyncEnumerable.Repeat(change, 1);
    }
}
