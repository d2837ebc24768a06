namespace Waybill.Bundles;

/// <summary>Someone who confirms that a signature existed at a time (RFC 3161), so that it still counts when its certificate has expired.</summary>
public abstract class TimestampAuthority
{
    /// <summary>Asks for a time stamp.</summary>
    /// <param name="request">A TimeStampReq in DER; some hundred bytes. Borrowed until the task ends.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The TimeStampResp in DER as it was received; the caller checks it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/> (WB1709): there was no answer.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default);
}
