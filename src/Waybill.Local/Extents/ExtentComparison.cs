using System.Runtime.CompilerServices;

namespace Waybill.Local;

/// <summary>Finds where two files of one file system may differ, from their extents alone, and what of one file may hold data.</summary>
/// <remarks>Both files are walked side by side: memory does not depend on how many extents they have.</remarks>
internal static class ExtentComparison
{
    private const int StepsBetweenYields = 16 * 1024;

    /// <summary>Lists where a target may differ from a base; behind the end of the base everything does.</summary>
    public static async IAsyncEnumerable<ChangedRange> CompareAsync(
        ExtentReader baseFile, ExtentReader target, long start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        long length = target.Length;
        long common = Math.Min(length, baseFile.Length);
        if (start >= length)
        {
            yield break;
        }

        using var before = new ExtentRuns(baseFile.Walk(start), start, Math.Max(start, common));
        using var after = new ExtentRuns(target.Walk(start), start, length);
        long position = start;
        long begun = start;
        ChangedRangeKind? open = null;
        int steps = 0;
        while (position < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++steps % StepsBetweenYields == 0)
            {
                // Two files that are equal for a long way give the caller nothing to wait for.
                await Task.Yield();
            }

            after.MoveTo(position);
            long end = after.Current.End;
            ChangedRangeKind? kind = after.Current.Content == ExtentContent.Zeros ? ChangedRangeKind.Deallocated : ChangedRangeKind.Data;
            if (position < common)
            {
                before.MoveTo(position);
                end = Math.Min(end, before.Current.End);
                kind = before.Current.HoldsSameAs(after.Current) ? null : kind;
            }

            if (kind != open)
            {
                if (open is { } finished)
                {
                    yield return new ChangedRange(ByteRange.FromBounds(begun, position), finished);
                }

                open = kind;
                begun = position;
            }

            position = end;
        }

        if (open is { } last)
        {
            yield return new ChangedRange(ByteRange.FromBounds(begun, length), last);
        }
    }

    /// <summary>Lists what may hold anything but zeros.</summary>
    public static async IAsyncEnumerable<ByteRange> ListDataAsync(ExtentReader file, long start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        using ExtentCursor cursor = file.Walk(start);
        var open = new ByteRange(start, 0);
        while (cursor.TryRead(out Extent extent))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long begin = Math.Max(extent.Start, start);
            long end = Math.Min(extent.End, file.Length);
            if (extent.Content == ExtentContent.Zeros || end <= begin)
            {
                continue;
            }

            if (begin > open.End && !open.IsEmpty)
            {
                yield return open;
            }

            open = ByteRange.FromBounds(open.IsEmpty || begin > open.End ? begin : open.Offset, end);
        }

        if (!open.IsEmpty)
        {
            yield return open;
        }
    }
}
