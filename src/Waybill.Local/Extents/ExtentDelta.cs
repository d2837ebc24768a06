namespace Waybill.Local;

/// <summary>The differences of two snapshots, computed while they are listed. Both stay readable until it is disposed, even if they are deleted.</summary>
internal sealed class ExtentDelta : RangeDelta
{
    private readonly ExtentReader _base;
    private readonly ExtentReader _target;

    public ExtentDelta(ExtentReader baseFile, ExtentReader target)
    {
        _base = baseFile;
        _target = target;
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        return ExtentComparison.CompareAsync(_base, _target, startingOffset, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _base.Dispose();
        _target.Dispose();
        return base.DisposeAsync();
    }
}
