using System.Runtime.CompilerServices;

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
            throw Failed(name, offset, e);
        }

        if (read != destination.Length)
        {
            throw Changed(name, offset + read, $"The source of '{name}' ended early while it was read");
        }
    }

    /// <summary>Checks, once all was read, that the source still has the size it had.</summary>
    public static void RequireLength(BlockReader source, long length, string name)
    {
        if (source.Length != length)
        {
            throw Changed(name, null, $"The source of '{name}' had {length} bytes when its backup began and has {source.Length} now");
        }
    }

    /// <summary>Lists the ranges that may hold data, as the source gives them.</summary>
    public static async IAsyncEnumerable<ByteRange> ListDataRangesAsync(BlockReader source, string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<ByteRange> ranges = source.GetDataRangesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (ranges.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await ranges.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (IOException e)
                {
                    throw Failed(name, null, e);
                }

                yield return ranges.Current;
            }
        }
    }

    private static ProviderException Changed(string name, long? offset, string message) => new(WaybillErrorCode.SourceChanged, name, message)
    {
        ObjectName = name,
        Offset = offset,
        Hint = "Back up a snapshot, not something that still changes.",
    };

    private static ProviderException Failed(string name, long? offset, IOException cause) =>
        new(WaybillErrorCode.SourceReadFailed, name, $"The source of '{name}' could not be read: {cause.Message}", cause) { ObjectName = name, Offset = offset };
}
