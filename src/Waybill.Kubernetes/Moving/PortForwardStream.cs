using System.Net.WebSockets;

namespace Waybill.Kubernetes;

/// <summary>A connection to a port of a pod through the API server, by the protocol v4.channel.k8s.io: one channel for the bytes, one for what went wrong.</summary>
internal sealed class PortForwardStream(WebSocket socket) : Stream
{
    private const byte Data = 0;
    private const int MaxErrorText = 4 << 10;
    private const int PortBytes = 2;
    private const int MaxMessage = 32 << 10;

    private readonly byte[] _buffer = new byte[MaxMessage];
    private readonly byte[] _sent = new byte[MaxMessage];
    private readonly SemaphoreSlim _sending = new(1);
    private readonly MemoryStream _error = new();
    private readonly int[] _announced = new int[2];
    private Memory<byte> _rest;
    private PodChannels _channels;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">The way to the pod is broken; the message is the cluster's, if it said anything.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (_rest.IsEmpty)
            {
                ValueWebSocketReceiveResult part = await socket.ReceiveAsync(_buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return _error.Length == 0 ? 0 : throw new IOException($"The cluster does not reach the pod: {System.Text.Encoding.UTF8.GetString(_error.ToArray())}");
                }

                Take(_buffer.AsMemory(0, part.Count), part.EndOfMessage);
            }
        }
        catch (WebSocketException error)
        {
            throw new IOException("The way to the pod broke", error);
        }

        int taken = Math.Min(buffer.Length, _rest.Length);
        _rest[..taken].CopyTo(buffer);
        _rest = _rest[taken..];
        return taken;
    }

    /// <exception cref="IOException">The way to the pod is broken.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!buffer.IsEmpty)
            {
                int length = Math.Min(buffer.Length, MaxMessage - 1);
                _sent[0] = Data;
                buffer[..length].CopyTo(_sent.AsMemory(1));
                await socket.SendAsync(_sent.AsMemory(0, length + 1), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
                buffer = buffer[length..];
            }
        }
        catch (WebSocketException error)
        {
            throw new IOException("The way to the pod broke", error);
        }
        finally
        {
            _sending.Release();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
            _sending.Dispose();
            _error.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(Memory<byte> bytes, bool isEnd)
    {
        byte channel = _channels.Take(ref bytes, isEnd);
        if (channel >= _announced.Length)
        {
            return;
        }

        // Each channel begins with the number of the port, which is known.
        int announced = Math.Min(PortBytes - _announced[channel], bytes.Length);
        _announced[channel] += announced;
        bytes = bytes[announced..];
        if (channel == Data)
        {
            _rest = bytes;
        }
        else if (_error.Length + bytes.Length <= MaxErrorText)
        {
            _error.Write(bytes.Span);
        }
    }
}
