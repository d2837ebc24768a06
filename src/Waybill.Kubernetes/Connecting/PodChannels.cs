namespace Waybill.Kubernetes;

/// <summary>
/// Tells the channels of the protocol v4.channel.k8s.io apart. Each message begins with the number of its channel, and may come in any number of pieces: also one that is
/// that number alone.
/// </summary>
internal struct PodChannels
{
    private byte _channel;
    private bool _isInside;

    /// <summary>Takes a piece of a message as it came.</summary>
    /// <param name="piece">The piece; what is left of it belongs to the channel.</param>
    /// <param name="isEnd">Whether the message ends with it.</param>
    /// <returns>The channel.</returns>
    public byte Take(ref Memory<byte> piece, bool isEnd)
    {
        if (!_isInside && !piece.IsEmpty)
        {
            _channel = piece.Span[0];
            piece = piece[1..];
            _isInside = true;
        }

        _isInside &= !isEnd;
        return _channel;
    }
}
