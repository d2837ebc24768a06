namespace Waybill.Bundles.Reading;

/// <summary>
/// Says which bundle could not be read, and where, whatever code reads it: a source made by others may throw the exceptions of its own world.
/// Cancellation is passed on as it is.
/// </summary>
internal sealed class ReportingByteSource(ByteSource inner) : ByteSource
{
    public override string Name => inner.Name;

    public override long Length => inner.Length;

    /// <summary>Gets the error for a bundle of which a part could not be read.</summary>
    public static ProviderException ToError(IOException cause, string? name, long offset) =>
        new(WaybillErrorCode.SourceReadFailed, name ?? "bundle", $"The bundle could not be read: {cause.Message}", cause)
        {
            ObjectName = name,
            Offset = offset,
            Hint = "Read it again, or from another copy. For a medium that fails, salvage reads what is left.",
        };

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw ToError(e, Name, offset);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
