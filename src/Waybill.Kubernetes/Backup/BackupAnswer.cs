namespace Waybill.Kubernetes;

/// <summary>An answer of the backup API: how it is to be understood, and what it says. Whoever is given one disposes it.</summary>
/// <typeparam name="T">What it says piece by piece.</typeparam>
public sealed class BackupAnswer<T> : IAsyncDisposable
{
    private readonly AnswerReader _reader;
    private readonly Func<AnswerPiece, T> _convert;

    internal BackupAnswer(AnswerReader reader, Func<AnswerPiece, T> convert)
    {
        _reader = reader;
        _convert = convert;
    }

    /// <summary>Gets how it is to be understood.</summary>
    public BackupHead Head => _reader.Head;

    /// <summary>Reads it. May be called once. A connection that breaks is made again, and nothing is lost or said twice.</summary>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>Ascending, disjoint pieces inside the snapshot; ends without an error only if it is complete.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.DeltaInvalid"/> if the server breaks its contract, <see cref="WaybillErrorCode.DigestMismatch"/>, or what the call ended with.</exception>
    public IAsyncEnumerable<T> ReadAsync(CancellationToken cancellationToken = default) => _reader.ReadAsync(cancellationToken).Select(_convert);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _reader.DisposeAsync();
}
