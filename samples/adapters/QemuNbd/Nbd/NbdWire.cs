using System.Buffers.Binary;
using System.Net.Sockets;

namespace Waybill.Samples.QemuNbd;

/// <summary>Numbers in network order on a stream; failures are those of the contract.</summary>
internal sealed class NbdWire(Stream stream)
{
    /// <summary>More than this is never allocated because a server says so.</summary>
    public const int MaxControl = 1 << 20;

    public async ValueTask<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await FillAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    public async ValueTask FillAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw NbdFailure.Lost("the server ended it", e);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw NbdFailure.Lost(e.Message, e);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw NbdFailure.Lost(e.Message, e);
        }
    }

    public async ValueTask<ushort> ReadUInt16Async(CancellationToken cancellationToken) =>
        BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2, cancellationToken).ConfigureAwait(false));

    public async ValueTask<uint> ReadUInt32Async(CancellationToken cancellationToken) =>
        BinaryPrimitives.ReadUInt32BigEndian(await ReadAsync(4, cancellationToken).ConfigureAwait(false));

    public async ValueTask<ulong> ReadUInt64Async(CancellationToken cancellationToken) =>
        BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8, cancellationToken).ConfigureAwait(false));
}
