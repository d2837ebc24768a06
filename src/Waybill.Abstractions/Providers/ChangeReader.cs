using System.Runtime.CompilerServices;

namespace Waybill.Providers;

/// <summary>Reads changes with their content, in whatever shape a platform delivers them, and checks what the platform promised.</summary>
public static class ChangeReader
{
    private const int PieceLength = 1 << 20;

    /// <summary>How often in a row a list is asked for again without getting further.</summary>
    private const int MaxFruitlessLists = 3;

    /// <summary>Reads a delta.</summary>
    /// <param name="delta">The delta; stays the caller's.</param>
    /// <param name="target">The snapshot the changes lead to, for lists of ranges that are read from it; else not used.</param>
    /// <param name="length">The size of the target in bytes.</param>
    /// <param name="name">The volume, for messages.</param>
    /// <param name="startingOffset">Nothing before it is read; a change across it is cut there. A stream or a push is still received from its beginning.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>Ascending, disjoint changes inside the target. The content of each is borrowed until the next is asked for.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.DeltaInvalid"/>, or what the platform fails with.</exception>
    public static async IAsyncEnumerable<VolumeChange> ReadAsync(
        Delta delta,
        BlockReader? target,
        long length,
        string name,
        long startingOffset = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(delta);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        IAsyncEnumerable<VolumeChange> changes = delta switch
        {
            RangeDelta ranges => ReadRangesAsync(
                ranges, ranges.Reader ?? target ?? throw new ArgumentNullException(nameof(target)), length, name, startingOffset, cancellationToken),
            StreamDelta stream => stream.ReadAsync(cancellationToken),
            PushDelta push => PushedChanges.ReadAsync(push, cancellationToken),
            _ => throw new ArgumentException("The shape of this delta is not known.", nameof(delta)),
        };
        long end = 0;
        await foreach (VolumeChange change in changes.ConfigureAwait(false))
        {
            Check(change.Range, end, length, name);
            end = change.Range.End;
            if (end > startingOffset)
            {
                yield return CutBefore(change, startingOffset);
            }
        }

        // A platform that ends its sequence because it was cancelled would otherwise pass for one that had no more to say.
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Lists the ranges of a delta, and checks what the platform promised.</summary>
    /// <param name="delta">The delta; stays the caller's.</param>
    /// <param name="startingOffset">Nothing before it is listed; a range across it is cut there.</param>
    /// <param name="length">The size of the target in bytes.</param>
    /// <param name="name">The volume, for messages.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>Ascending, disjoint ranges inside the target.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.DeltaInvalid"/>, or what the platform fails with.</exception>
    public static async IAsyncEnumerable<ChangedRange> ListAsync(
        RangeDelta delta, long startingOffset, long length, string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(delta);
        long end = startingOffset;
        bool first = true;
        await foreach (ChangedRange range in delta.ListAsync(startingOffset, cancellationToken).ConfigureAwait(false))
        {
            // Going on from an offset, the first range may begin before it: that part was handed out already.
            ByteRange clipped = first && range.Range.Offset < startingOffset && range.Range.Length > 0 && range.Range.End > startingOffset
                ? ByteRange.FromBounds(startingOffset, range.Range.End)
                : range.Range;
            first = false;
            Check(clipped, end, length, name);
            end = clipped.End;
            yield return range with { Range = clipped };
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static VolumeChange CutBefore(VolumeChange change, long offset)
    {
        if (change.Range.Offset >= offset)
        {
            return change;
        }

        int cut = (int)Math.Min(change.Data.Length, offset - change.Range.Offset);
        return change.Kind == ChangedRangeKind.Data
            ? VolumeChange.Write(offset, change.Data[cut..])
            : VolumeChange.Zero(ByteRange.FromBounds(offset, change.Range.End), change.Kind == ChangedRangeKind.Deallocated);
    }

    private static async IAsyncEnumerable<VolumeChange> ReadRangesAsync(
        RangeDelta delta, BlockReader reader, long length, string name, long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceLength];
        long done = startingOffset;
        int fruitless = 0;
        while (true)
        {
            long before = done;
            bool expired = false;
            await foreach (ChangedRange range in ListAsync(delta, done, length, name, cancellationToken).ConfigureAwait(false))
            {
                if (range.Kind != ChangedRangeKind.Data)
                {
                    yield return VolumeChange.Zero(range.Range, range.Kind == ChangedRangeKind.Deallocated);
                    done = range.Range.End;
                    continue;
                }

                for (long offset = range.Range.Offset; offset < range.Range.End && !expired;)
                {
                    Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(PieceLength, range.Range.End - offset));
                    expired = !await TryReadAsync(reader, offset, piece, name, cancellationToken).ConfigureAwait(false);
                    if (!expired)
                    {
                        yield return VolumeChange.Write(offset, piece);
                        offset += piece.Length;
                        done = offset;
                    }
                }

                if (expired)
                {
                    break;
                }
            }

            if (!expired)
            {
                yield break;
            }

            fruitless = done > before ? 0 : fruitless + 1;
            if (fruitless == MaxFruitlessLists)
            {
                throw new ProviderException(WaybillErrorCode.ChangeListExpired, name, $"The list of changes of '{name}' runs out before anything can be read from it") { ObjectName = name, Offset = done };
            }
        }
    }

    private static async ValueTask<bool> TryReadAsync(BlockReader reader, long offset, Memory<byte> destination, string name, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await reader.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.ChangeListExpired)
        {
            return false;
        }

        return read == destination.Length
            ? true
            : throw new ProviderException(WaybillErrorCode.DeltaInvalid, name, $"The changed content of '{name}' ends early") { ObjectName = name, Offset = offset + read };
    }

    private static void Check(ByteRange range, long end, long length, string name)
    {
        if (range.Length <= 0 || range.Offset < end || range.Offset > length - range.Length)
        {
            throw new ProviderException(
                WaybillErrorCode.DeltaInvalid, name, $"The platform reports changes of '{name}' that are not ascending, disjoint and inside its {length} bytes")
            {
                ObjectName = name,
                Offset = range.Offset,
                Hint = "Let the volume be compared instead ('changes: compare'), and check the provider with 'waybill provider verify'.",
            };
        }
    }
}
