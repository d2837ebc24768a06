using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Waybill.Bundles;

namespace Waybill.Local;

/// <summary>Finds the files in which two snapshots of a tree differ, by walking both in the order of paths.</summary>
/// <remarks>
/// Times alone prove nothing, as anybody can set them: the content of files that otherwise look the same counts as equal if both share their blocks, and is
/// read where they do not.
/// </remarks>
internal static class TreeComparison
{
    private const int ChunkSize = 256 * 1024;

    /// <summary>Lists the differences.</summary>
    public static async IAsyncEnumerable<ChangedFile> CompareAsync(
        string before, string after, string provider, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DirectoryTreeSource old = DirectoryTreeSource.Open(before);
        await using ConfiguredAsyncDisposable first = old.ConfigureAwait(false);
        DirectoryTreeSource present = DirectoryTreeSource.Open(after);
        await using ConfiguredAsyncDisposable second = present.ConfigureAwait(false);
        using SafeFileHandle oldRoot = Libc.Open(before, Libc.OpenReadOnly | Libc.OpenDirectory);
        using SafeFileHandle presentRoot = Libc.Open(after, Libc.OpenReadOnly | Libc.OpenDirectory);
        IAsyncEnumerator<FileTreeEntry> left = old.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable third = left.ConfigureAwait(false);
        IAsyncEnumerator<FileTreeEntry> right = present.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable fourth = right.ConfigureAwait(false);

        // Names of one file have different numbers in two trees: those that began at the same path belong together.
        var links = new LinkNames();
        bool hasLeft = await left.MoveNextAsync().ConfigureAwait(false);
        bool hasRight = await right.MoveNextAsync().ConfigureAwait(false);
        while (hasLeft || hasRight)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int order = !hasLeft ? 1 : !hasRight ? -1 : left.Current.Path.CompareTo(right.Current.Path);
            if (order < 0)
            {
                links.AddLeft(left.Current);
                yield return new ChangedFile(left.Current.Path, ChangedFileKind.Removed);
            }
            else if (order > 0)
            {
                links.AddRight(right.Current);
                yield return new ChangedFile(right.Current.Path, ChangedFileKind.Added);
            }
            else
            {
                bool sameNames = links.AddLeft(left.Current) == links.AddRight(right.Current);
                if (!sameNames || !SaysSame(left.Current, right.Current) || !HoldsSame(oldRoot, presentRoot, left.Current, provider, cancellationToken))
                {
                    yield return new ChangedFile(right.Current.Path, ChangedFileKind.Changed);
                }
            }

            hasLeft = order <= 0 ? await left.MoveNextAsync().ConfigureAwait(false) : hasLeft;
            hasRight = order >= 0 ? await right.MoveNextAsync().ConfigureAwait(false) : hasRight;
        }
    }

    // What a copy of a tree keeps: not inode numbers, not the times of making, of reading and of changing the entry.
    private static bool SaysSame(FileTreeEntry left, FileTreeEntry right) =>
        (left.Type, left.Mode, left.UserId, left.GroupId, left.Size, left.DeviceMajor, left.DeviceMinor, left.Modified)
        == (right.Type, right.Mode, right.UserId, right.GroupId, right.Size, right.DeviceMajor, right.DeviceMinor, right.Modified)
        && left.LinkTarget.AsSpan().SequenceEqual(right.LinkTarget.AsSpan())
        && left.Xattrs.AsSpan().SequenceEqual(right.Xattrs.AsSpan())
        && left.Gaps.IsEmpty && right.Gaps.IsEmpty;

    private static bool HoldsSame(SafeFileHandle oldRoot, SafeFileHandle presentRoot, FileTreeEntry entry, string provider, CancellationToken cancellationToken)
    {
        if (entry.Type != FileType.Regular || entry.Size == 0)
        {
            return true;
        }

        const int Flags = Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal;
        using SafeFileHandle left = Libc.OpenBelow(oldRoot, entry.Path.Bytes, Flags);
        using SafeFileHandle right = Libc.OpenBelow(presentRoot, entry.Path.Bytes, Flags);

        // One whose path is too long to be opened at once is reported: that may be wrong, but nothing is missed.
        return !left.IsInvalid && !right.IsInvalid && (SharesAll(left, right, entry, provider) || ReadsSame(left, right, entry.Size, cancellationToken));
    }

    private static bool SharesAll(SafeFileHandle left, SafeFileHandle right, FileTreeEntry entry, string provider)
    {
        if (!FiemapCursor.IsOffered(left) || !FiemapCursor.IsOffered(right))
        {
            return false;
        }

        string name = entry.Path.ToString();
        using var before = new ExtentRuns(new FiemapCursor(left, 0, provider, name), 0, entry.Size);
        using var after = new ExtentRuns(new FiemapCursor(right, 0, provider, name), 0, entry.Size);
        for (long position = 0; position < entry.Size; position = Math.Min(before.Current.End, after.Current.End))
        {
            before.MoveTo(position);
            after.MoveTo(position);
            if (!before.Current.HoldsSameAs(after.Current))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ReadsSame(SafeFileHandle left, SafeFileHandle right, long size, CancellationToken cancellationToken)
    {
        byte[] first = ArrayPool<byte>.Shared.Rent(ChunkSize);
        byte[] second = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            for (long position = 0; position < size; position += ChunkSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int length = (int)Math.Min(ChunkSize, size - position);
                if (!TryRead(left, first.AsSpan(0, length), position) || !TryRead(right, second.AsSpan(0, length), position)
                    || !first.AsSpan(0, length).SequenceEqual(second.AsSpan(0, length)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(first);
            ArrayPool<byte>.Shared.Return(second);
        }
    }

    private static bool TryRead(SafeFileHandle file, Span<byte> destination, long position)
    {
        try
        {
            for (int done = 0; done < destination.Length;)
            {
                int count = RandomAccess.Read(file, destination[done..], position + done);
                if (count == 0)
                {
                    return false;
                }

                done += count;
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
