using System.Buffers.Binary;
using System.Net.Sockets;

namespace Waybill.Samples.QemuNbd;

/// <summary>Sends requests and gives each the answer that carries its cookie, in whatever order answers come.</summary>
/// <remarks>
/// It is open or closed, never in between: whatever goes wrong, and also a cancelled request, closes it. A destination is never written to after
/// its request ended, because only the loop that reads ends requests.
/// </remarks>
internal sealed class NbdConnection : IAsyncDisposable
{
    private const uint RequestMagic = 0x25609513;
    private const int MaxInFlight = 16;

    private readonly Socket _socket;
    private readonly NbdWire _wire;
    private readonly NbdAnswers _answers;
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, NbdRequest> _pending = [];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _slots = new(MaxInFlight, MaxInFlight);
    private Task _receiving = Task.CompletedTask;
    private ulong _lastCookie;
    private Exception? _closedBy;

    public NbdConnection(Socket socket, NbdWire wire)
    {
        _socket = socket;
        _wire = wire;
        _answers = new NbdAnswers(wire);
    }

    public bool IsClosed => Volatile.Read(ref _closedBy) is not null;

    /// <summary>Begins to read answers.</summary>
    public void Start() => _receiving = ReceiveAsync();

    /// <summary>Sends a request and waits for its answer.</summary>
    public async Task SendAsync(NbdRequest request, ushort flags, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ulong cookie = Register(request);
            CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(static state => ((NbdConnection)state!).Close(NbdFailure.Cancelled()), this);
            await using (cancellation.ConfigureAwait(false))
            {
                try
                {
                    await TransmitAsync(request, cookie, flags, content).ConfigureAwait(false);
                }
                catch (ProviderException e)
                {
                    Close(e);
                }

                try
                {
                    await request.Done.ConfigureAwait(false);
                }
                catch (ProviderException) when (cancellationToken.IsCancellationRequested)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Says goodbye if that is possible, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!IsClosed)
        {
            try
            {
                // A server that does not read must not hold up whoever disposes.
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                await _sending.WaitAsync(patience.Token).ConfigureAwait(false);
                await _wire.WriteAsync(Header(NbdCommand.Disconnect, 0, 0, 0, 0), patience.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ProviderException or OperationCanceledException)
            {
                // It is closed either way.
            }
        }

        Close(NbdFailure.Lost("it was closed here"));
        await _receiving.ConfigureAwait(false);
        _sending.Dispose();
    }

    private ulong Register(NbdRequest request)
    {
        lock (_gate)
        {
            if (_closedBy is not null)
            {
                throw Again(_closedBy);
            }

            _pending.Add(++_lastCookie, request);
            return _lastCookie;
        }
    }

    private async Task TransmitAsync(NbdRequest request, ulong cookie, ushort flags, ReadOnlyMemory<byte> content)
    {
        // Not cancelled by the caller's token: half a request on the wire could not be taken back. Closing the socket ends it.
        await _sending.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await _wire.WriteAsync(Header(request.Command, flags, cookie, request.Offset, request.Length), CancellationToken.None).ConfigureAwait(false);
            if (!content.IsEmpty)
            {
                await _wire.WriteAsync(content, CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private static byte[] Header(NbdCommand command, ushort flags, ulong cookie, long offset, long length)
    {
        var header = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(header, RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)command);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(8), cookie);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(16), (ulong)offset);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(24), checked((uint)length));
        return header;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                (ulong cookie, bool isLast) = await _answers.ReadAsync(Find).ConfigureAwait(false);
                if (isLast)
                {
                    Find(cookie).Complete();
                    lock (_gate)
                    {
                        _pending.Remove(cookie);
                    }
                }
            }
        }
#pragma warning disable CA1031 // Not swallowed: it reaches everyone who waits.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Close(e);
        }

        List<NbdRequest> left;
        lock (_gate)
        {
            left = [.. _pending.Values];
            _pending.Clear();
        }

        left.ForEach(request => request.Fail(Again(_closedBy!)));
    }

    private NbdRequest Find(ulong cookie)
    {
        lock (_gate)
        {
            return _pending.TryGetValue(cookie, out NbdRequest? request)
                ? request
                : throw NbdFailure.Protocol($"it answers a request with the cookie {cookie}, which nobody sent");
        }
    }

    private void Close(Exception reason)
    {
        lock (_gate)
        {
            _closedBy ??= reason;
        }

        _socket.Dispose();
    }

    /// <summary>Each caller gets an exception of its own.</summary>
    private static ProviderException Again(Exception reason) => reason is ProviderException known
        ? new ProviderException(known.Code, known.Provider, known.Message, known) { IsTransient = known.IsTransient, VendorCode = known.VendorCode }
        : NbdFailure.Lost(reason.Message, reason);
}
