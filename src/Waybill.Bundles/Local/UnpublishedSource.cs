namespace Waybill.Bundles;

/// <summary>Reads a file that has no name yet through the handle that writes it: elsewhere than on Linux nobody else may open it.</summary>
internal sealed class UnpublishedSource(UnpublishedFile file) : ByteSource
{
    public override string Name => file.Path;

    public override long Length { get; } = RandomAccess.GetLength(file.File);

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        try
        {
            return await RandomAccess.ReadAsync(file.File, destination, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"It could not be read back: {e.Message}", e) { ObjectName = file.Path, Offset = offset };
        }
    }
}
