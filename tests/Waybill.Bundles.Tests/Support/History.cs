namespace Waybill.Bundles.Tests.Support;

internal enum EditKind
{
    Noise,
    Text,
    Discard,
}

/// <summary>Something done to a volume between two backups. What lies behind the volume's end is cut off.</summary>
internal sealed record VolumeEdit(EditKind Kind, int Offset, int Length)
{
    public void Apply(byte[] volume, int seed)
    {
        ByteRange range = ClippedTo(volume.Length);
        Span<byte> part = volume.AsSpan((int)range.Offset, (int)range.Length);
        switch (Kind)
        {
            case EditKind.Noise:
                new Random(seed).NextBytes(part);
                break;
            case EditKind.Text:
                part.Fill((byte)('a' + (seed % 26)));
                break;
            default:
                part.Clear();
                break;
        }
    }

    public ByteRange ClippedTo(int length) => Offset < length ? new ByteRange(Offset, Math.Min(Length, length - Offset)) : default;

    public override string ToString() => $"{Kind}[{Offset}+{Length}]";
}

/// <summary>How a backup learns what changed.</summary>
internal enum ListKind
{
    /// <summary>It reads and compares everything.</summary>
    None,

    /// <summary>The ranges that were edited.</summary>
    Exact,

    /// <summary>More than was edited.</summary>
    Coarse,

    /// <summary>It does not ask: everything is stored.</summary>
    StoreAll,
}

/// <summary>One backup: what happened to the volume before it, and how it is made.</summary>
internal sealed record BackupStep(IReadOnlyList<VolumeEdit> Edits, int? NewLength, ListKind List, BundleCodec Codec, int Workers, bool TellsHoles)
{
    public override string ToString() =>
        $"{{{(NewLength is { } length ? $"resize {length}; " : "")}{string.Join(' ', Edits)}; list {List}, {Codec}, {Workers} workers{(TellsHoles ? ", holes" : "")}}}";
}

/// <summary>The life of one volume: its backups, the first of them full.</summary>
internal sealed record History(int BlockSize, int CellSize, int Length, IReadOnlyList<BackupStep> Steps)
{
    public override string ToString() => $"blocks {BlockSize}, cells {CellSize}, length {Length}:\n  {string.Join("\n  ", Steps)}";
}
