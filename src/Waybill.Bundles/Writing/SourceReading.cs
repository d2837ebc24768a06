namespace Waybill.Bundles.Writing;

/// <summary>Reads from sources that may be somebody else's code.</summary>
internal static class SourceReading
{
    /// <summary>Fills <paramref name="destination"/>; a source that gives less than its length promises is an error, never zeros.</summary>
    public static async ValueTask ReadExactlyAsync(BlockReader source, long offset, Memory<byte> destination, string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int read;
        try
        {
            read = await source.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, name, $"The source of '{name}' could not be read: {e.Message}", e) { ObjectName = name, Offset = offset };
        }

        if (read != destination.Length)
        {
            throw new ProviderException(WaybillErrorCode.SourceChanged, name, $"The source of '{name}' ended early while it was read")
            {
                ObjectName = name,
                Offset = offset + read,
                Hint = "Back up a snapshot, not something that still changes.",
            };
        }
    }
}
