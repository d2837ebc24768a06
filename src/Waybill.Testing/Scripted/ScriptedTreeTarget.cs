namespace Waybill.Testing;

/// <summary>Restores a tree of files into memory; it is in the volume when it is complete.</summary>
internal sealed class ScriptedTreeTarget(ScriptedProvider provider, ModelTree tree) : FileTreeTarget
{
    private readonly Dictionary<ulong, byte[]> _linked = [];
    private ModelTreeState _state = ModelTreeState.Empty;
    private FileTreeEntry? _entry;
    private byte[] _content = [];

    public override IReadOnlyList<FileRestoreProblem> Problems => [];

    public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        cancellationToken.ThrowIfCancellationRequested();
        Finish();
        _entry = entry;
        bool isFile = entry.Type == FileType.Regular;
        if (isFile && entry.LinkGroup != 0 && _linked.TryGetValue(entry.LinkGroup, out byte[]? shared))
        {
            _content = shared;
            return ValueTask.FromResult(false);
        }

        _content = isFile ? new byte[entry.Size] : [];
        return ValueTask.FromResult(isFile);
    }

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await provider.Faults.EnterAsync(ScriptedCall.Write, cancellationToken).ConfigureAwait(false);
        content.CopyTo(_content.AsMemory((int)offset));
    }

    public override ValueTask DiscardAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _entry = null;
        return ValueTask.CompletedTask;
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        await provider.Faults.EnterAsync(ScriptedCall.Complete, cancellationToken).ConfigureAwait(false);
        Finish();
        tree.Replace(_state);
    }

    private void Finish()
    {
        if (_entry is not { } entry)
        {
            return;
        }

        if (entry is { Type: FileType.Regular, LinkGroup: not 0 })
        {
            _linked.TryAdd(entry.LinkGroup, _content);
        }

        // Places in a bundle mean nothing here: what is listed later has none.
        _state = _state.With(entry with { Extents = [] }, [.. _content]);
        _entry = null;
    }
}
