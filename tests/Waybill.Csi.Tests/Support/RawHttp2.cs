using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Waybill.Csi.Tests.Support;

/// <summary>Speaks HTTP/2 frame by frame, to send what no client library would.</summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private NetworkStream _stream = null!;

    public static async Task<RawHttp2> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var connection = new RawHttp2();
        await connection._socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        connection._stream = new NetworkStream(connection._socket, ownsSocket: true);
        await connection._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), cancellationToken);
        await connection.SendAsync(4, 0, 0, [], cancellationToken);
        return connection;
    }

    /// <summary>Makes the header block of a call; the authority is whatever representation the test wants.</summary>
    public static byte[] Block(string path, byte[] authority) =>
    [
        0x83, // :method POST
        0x86, // :scheme http
        .. Literal(0x04, path), // :path
        .. authority,
        .. Literal(0x0f, 0x10, "application/grpc"), // content-type
        .. NewName("te", "trailers"),
    ];

    /// <summary>A literal that both ends remember, with a name from the static table.</summary>
    public static byte[] Remembered(byte index, string value) => Literal((byte)(0x40 | index), value);

    public static byte[] Literal(byte first, string value) => [first, .. Text(value)];

    public static byte[] NewName(string name, string value) => [0x00, .. Text(name), .. Text(value)];

    public async Task SendAsync(byte type, byte flags, int stream, byte[] payload, CancellationToken cancellationToken)
    {
        byte[] frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await _stream.WriteAsync(frame, cancellationToken);
    }

    /// <summary>Sends a call without fields and reads what comes back.</summary>
    /// <returns>The message of the response.</returns>
    public async Task<byte[]> CallAsync(int stream, byte[] block, CancellationToken cancellationToken)
    {
        await SendAsync(1, 0x4, stream, block, cancellationToken);
        return await FinishAsync(stream, cancellationToken);
    }

    /// <summary>Sends the empty message of a call whose headers were sent, and reads what comes back.</summary>
    public async Task<byte[]> FinishAsync(int stream, CancellationToken cancellationToken)
    {
        await SendAsync(0, 0x1, stream, [0, 0, 0, 0, 0], cancellationToken);
        using var data = new MemoryStream();
        byte[] header = new byte[9];
        while (true)
        {
            await _stream.ReadExactlyAsync(header, cancellationToken);
            byte[] payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await _stream.ReadExactlyAsync(payload, cancellationToken);
            int of = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5));
            switch (header[3])
            {
                case 4 when (header[4] & 1) == 0:
                    await SendAsync(4, 1, 0, [], cancellationToken);
                    break;
                case 0 when of == stream:
                    data.Write(payload);
                    break;
                case 3 when of == stream:
                    throw new InvalidOperationException($"The server reset the stream with {BinaryPrimitives.ReadInt32BigEndian(payload)}.");
                case 7:
                    throw new InvalidOperationException($"The server closes the connection with {BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(4))}.");
                default:
                    break;
            }

            if (of == stream && header[3] is 0 or 1 && of == stream && (header[4] & 1) != 0)
            {
                return data.ToArray();
            }
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static byte[] Literal(byte first, byte second, string value) => [first, second, .. Text(value)];

    private static byte[] Text(string value)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(value);
        return bytes.Length < 127 ? [(byte)bytes.Length, .. bytes]
            : bytes.Length < 127 + 128 ? [127, (byte)(bytes.Length - 127), .. bytes]
            : [127, (byte)(((bytes.Length - 127) & 0x7f) | 0x80), (byte)((bytes.Length - 127) >> 7), .. bytes];
    }
}
