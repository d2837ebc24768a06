using System.Text;

namespace Waybill.Samples.FileShare;

/// <summary>Restores a tree into an empty directory of a share. Names are made anew and never overwritten; the server follows no path that was not made here.</summary>
internal sealed class SmbTreeTarget : FileTreeTarget
{
    private readonly SmbSession _session;
    private readonly List<FileRestoreProblem> _problems = [];
    private readonly Stack<FileTreeEntry> _directories = new();
    private FileTreeEntry? _entry;
    private SmbFile? _file;

    private SmbTreeTarget(SmbSession session) => _session = session;

    public override IReadOnlyList<FileRestoreProblem> Problems => _problems;

    public static async ValueTask<SmbTreeTarget> OpenAsync(SmbSession session, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<ShareItem> items = await session.CallAsync(context => context.List(session.Url(FilePath.Root)), cancellationToken).ConfigureAwait(false);
            return items.Count == 0
                ? new SmbTreeTarget(session)
                : throw new ProviderException(WaybillErrorCode.TargetExists, "smb", "The directory holds something already.") { ObjectName = session.Url(FilePath.Root) };
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        await FinishFileAsync(cancellationToken).ConfigureAwait(false);
        await LeaveDirectoriesAsync(entry.Path, cancellationToken).ConfigureAwait(false);
        string url = _session.Url(entry.Path);
        switch (entry.Type)
        {
            case FileType.Directory:
                if (!entry.Path.IsRoot)
                {
                    await CallAsync(context => context.MakeDirectory(url), cancellationToken).ConfigureAwait(false);
                }

                _directories.Push(entry);
                return false;
            case FileType.Regular:
                if (entry.LinkGroup != 0)
                {
                    Report(entry, "hard link", "SMB makes none: the file has a content of its own");
                }

                _entry = entry;
                _file = new SmbFile(_session, url, SmbLibrary.CreateNew, SmbLibrary.WriteOnly);
                await _file.DoAsync((context, handle) => context.SetLength(handle, entry.Size, url), cancellationToken).ConfigureAwait(false);
                return true;
            default:
                Report(entry, FileRestoreProblem.File, $"SMB makes no {entry.Type}");
                return false;
        }
    }

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        SmbFile file = _file ?? throw new InvalidOperationException("No file whose content is wanted was begun.");

        // The file is new and has its size: zeros are there already.
        if (content.Span.ContainsAnyExcept((byte)0))
        {
            await file.DoAsync((context, handle) => context.Write(handle, offset, content.Span, file.Url), cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask DiscardAsync(CancellationToken cancellationToken = default)
    {
        SmbFile file = _file ?? throw new InvalidOperationException("No file whose content is wanted was begun.");
        (_file, _entry) = (null, null);
        await file.DisposeAsync().ConfigureAwait(false);
        await CallAsync(context => context.Remove(file.Url), cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        await FinishFileAsync(cancellationToken).ConfigureAwait(false);
        while (_directories.TryPop(out FileTreeEntry? directory))
        {
            await ApplyAsync(directory, cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }

        await _session.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask FinishFileAsync(CancellationToken cancellationToken)
    {
        if (_file is { } file)
        {
            FileTreeEntry entry = _entry!;
            (_file, _entry) = (null, null);
            await file.DisposeAsync().ConfigureAwait(false);
            await ApplyAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    // Directories last: their times change as things are made in them, and their permissions may keep us out.
    private async ValueTask LeaveDirectoriesAsync(FilePath path, CancellationToken cancellationToken)
    {
        while (_directories.TryPeek(out FileTreeEntry? directory) && !path.IsBelow(directory.Path) && !directory.Path.IsRoot)
        {
            _directories.Pop();
            await ApplyAsync(directory, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ApplyAsync(FileTreeEntry entry, CancellationToken cancellationToken)
    {
        string url = _session.Url(entry.Path);
        string? kept = null;
        foreach (FileXattr xattr in entry.Xattrs)
        {
            if (Encoding.UTF8.GetString(xattr.Name.AsSpan()) == SmbAttributes.Security)
            {
                kept = Encoding.UTF8.GetString(xattr.Value.AsSpan());
            }
            else
            {
                Report(entry, $"xattr {xattr.DisplayName}", "SMB takes no extended attributes by this library");
            }
        }

        if (kept is null && (entry.Mode & 0xE00) != 0)
        {
            Report(entry, "mode", "SMB takes no set-id and sticky bits");
        }

        // Without a descriptor and with a gap there is nothing that is known to be right.
        bool unknown = kept is null && entry.Gaps.Any(gap => gap.What == FileGap.Metadata) && !entry.Path.IsRoot;
        if (!unknown)
        {
            await TryAsync(entry, "owner", context => context.SetXattr(url, SmbAttributes.Security, kept ?? SmbSecurity.Of(entry).ToString()), cancellationToken).ConfigureAwait(false);
        }

        if (entry.Modified is { } modified)
        {
            await TryAsync(entry, "times", context => context.SetTimes(url, entry.Accessed ?? modified, modified), cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask TryAsync(FileTreeEntry entry, string what, Action<SmbContext> call, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (!e.IsTransient)
        {
            Report(entry, what, e.Message);
        }
    }

    private async ValueTask CallAsync(Action<SmbContext> call, CancellationToken cancellationToken) => await _session.CallAsync(
        context =>
        {
            call(context);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    private void Report(FileTreeEntry entry, string what, string reason) => _problems.Add(new FileRestoreProblem(entry.Path, what, reason));
}
