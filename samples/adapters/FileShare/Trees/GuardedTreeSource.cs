using System.Runtime.CompilerServices;

namespace Waybill.Samples.FileShare;

/// <summary>Walks a share. Leave is asked before each step; what is denied or fails becomes a gap of its entry, and the walk goes on.</summary>
internal sealed class GuardedTreeSource(IShareReader reader, ShareGuard guard) : FileTreeSource
{
    public override async IAsyncEnumerable<FileTreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (await guard.AskAsync(FilePath.Root, ShareOperation.List, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            throw guard.Refuse(FilePath.Root, refused);
        }

        ShareItem root = await guard.DoAsync(FilePath.Root, ShareOperation.Describe, () => reader.FindAsync(FilePath.Root, cancellationToken)).ConfigureAwait(false);
        var directories = new Stack<Frame>();
        (FileTreeEntry top, Frame frame) = await EnterAsync(root, FilePath.Root, isRoot: true, cancellationToken).ConfigureAwait(false);
        yield return reader.Blindness.Length == 0 ? top : top with { Gaps = top.Gaps.Add(new FileGap(FileGap.Metadata, reader.Blindness)) };
        directories.Push(frame);
        while (directories.TryPeek(out Frame? directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (directory.Next == directory.Items.Count)
            {
                directories.Pop();
                continue;
            }

            ShareItem item = directory.Items[directory.Next++];
            FilePath path = directory.Path.Append(item.Name.AsSpan());
            if (item.Type != FileType.Directory)
            {
                yield return await DescribeAsync(item, path, cancellationToken).ConfigureAwait(false);
            }
            else if (await guard.AskAsync(path, ShareOperation.List, cancellationToken).ConfigureAwait(false) is { } denied)
            {
                yield return item.ToEntry(path) with { Gaps = [new FileGap(FileGap.Metadata, denied), new FileGap(FileGap.List, denied)] };
            }
            else
            {
                (FileTreeEntry entry, Frame below) = await EnterAsync(item, path, isRoot: false, cancellationToken).ConfigureAwait(false);
                yield return entry;
                directories.Push(below);
            }
        }
    }

    public override async ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (await guard.AskAsync(entry.Path, ShareOperation.Read, cancellationToken).ConfigureAwait(false) is { } denied)
        {
            throw guard.Refuse(entry.Path, denied);
        }

        return await guard.DoAsync(entry.Path, ShareOperation.Read, () => reader.OpenAsync(entry, cancellationToken)).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<(FileTreeEntry Entry, Frame Frame)> EnterAsync(ShareItem item, FilePath path, bool isRoot, CancellationToken cancellationToken)
    {
        FileTreeEntry entry = await DescribeAsync(item, path, cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<ShareItem> items = await guard.DoAsync(path, ShareOperation.List, () => reader.ListAsync(path, cancellationToken)).ConfigureAwait(false);

            // Names order as bytes, and so do paths: each directory comes directly before what is in it.
            return (entry, new Frame(path, [.. items.OrderBy(i => path.Append(i.Name.AsSpan()))]));
        }
        catch (ProviderException e) when (!isRoot && !e.IsTransient)
        {
            return (entry with { Gaps = entry.Gaps.Add(new FileGap(FileGap.List, e.Message)) }, new Frame(path, []));
        }
    }

    private async ValueTask<FileTreeEntry> DescribeAsync(ShareItem item, FilePath path, CancellationToken cancellationToken)
    {
        FileTreeEntry listed = item.ToEntry(path);
        if (await guard.AskAsync(path, ShareOperation.Describe, cancellationToken).ConfigureAwait(false) is { } denied)
        {
            return listed with { Gaps = [new FileGap(FileGap.Metadata, denied)] };
        }

        try
        {
            return await guard.DoAsync(path, ShareOperation.Describe, () => reader.DescribeAsync(listed, cancellationToken)).ConfigureAwait(false);
        }
        catch (ProviderException e) when (!e.IsTransient)
        {
            return listed with { Gaps = [new FileGap(FileGap.Metadata, e.Message)] };
        }
    }

    private sealed record Frame(FilePath Path, List<ShareItem> Items)
    {
        public int Next { get; set; }
    }
}
