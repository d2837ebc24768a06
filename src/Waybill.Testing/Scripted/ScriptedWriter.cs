namespace Waybill.Testing;

/// <summary>Writes a disk; what is written is there at once.</summary>
internal sealed class ScriptedWriter(ScriptedProvider provider, ScriptedVolume volume) : BlockWriter
{
    private bool _disposed;

    public override long Length { get; } = volume.Disk.Length;

    public override bool StartsZeroed { get; } = volume.Disk.IsPristine;

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await provider.Faults.EnterAsync(ScriptedCall.Write, cancellationToken).ConfigureAwait(false);
        volume.Disk.Write(offset, source.Span);
    }

    public override async ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await provider.Faults.EnterAsync(ScriptedCall.Write, cancellationToken).ConfigureAwait(false);
        volume.Disk.WriteZeroes(range);
    }

    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return provider.Faults.EnterAsync(ScriptedCall.Complete, cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            provider.ReleaseWriter(volume);
        }

        return base.DisposeAsync();
    }
}
