using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What a delta delivered, compared with the content it should have brought.</summary>
internal sealed class CollectedDelta(byte[] content) : IChangeSink
{
    public List<ChangedRange> Changes { get; } = [];

    /// <summary>Gets the first change whose content is not that of the snapshot.</summary>
    public string? ContentProblem { get; private set; }

    /// <summary>Gets the first range that was said to be zeros and is not.</summary>
    public string? ZeroProblem { get; private set; }

    public ValueTask WriteAsync(VolumeChange change, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Add(change);
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes a change with its content, which is looked at now, for it is borrowed.</summary>
    public void Add(VolumeChange change)
    {
        Changes.Add(new ChangedRange(change.Range, change.Kind));
        ByteRange known = change.Range.Intersect(new ByteRange(0, content.Length));
        Compare(known, change.Kind, change.Kind == ChangedRangeKind.Data ? change.Data.Span[..(int)known.Length] : default);
    }

    public void Compare(ByteRange range, ChangedRangeKind kind, ReadOnlySpan<byte> delivered)
    {
        if (range.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> truth = content.AsSpan((int)range.Offset, (int)range.Length);
        if (kind == ChangedRangeKind.Data)
        {
            ContentProblem ??= ContentComparison.FindDifference(delivered, truth, $"The content of {Ranges.Text(range)}");
        }
        else if (truth.ContainsAnyExcept((byte)0))
        {
            ZeroProblem ??= $"{Ranges.Text(range)} is said to be {kind} and holds data.";
        }
    }
}
