using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Waybill.Samples.QemuNbd;

/// <summary>Reads, writes and maps an export of an NBD server over a unix socket. All calls may run at once.</summary>
/// <remarks>Offsets and lengths are multiples of <see cref="NbdExport.MinBlock"/>. A call that is cancelled while it waits closes the connection.</remarks>
public sealed class NbdClient : IAsyncDisposable
{
    /// <summary>The context that says what is allocated and what is zero.</summary>
    public const string Allocation = "base:allocation";

    private const ushort NoHole = 1 << 1;
    private const int MaxContent = 8 * 1024 * 1024;
    private const long MaxSpan = 1L << 30;
    private static readonly TimeSpan s_handshakeLimit = TimeSpan.FromSeconds(30);

    private readonly NbdConnection _connection;
    private readonly Dictionary<string, uint> _contexts;

    private NbdClient(NbdConnection connection, NbdExport export, Dictionary<string, uint> contexts)
    {
        _connection = connection;
        _contexts = contexts;
        Export = export;
    }

    /// <summary>Gets what the server says of the export.</summary>
    public NbdExport Export { get; }

    /// <summary>Gets whether nothing more can be asked on this connection.</summary>
    public bool IsClosed => _connection.IsClosed;

    private long ContentLimit => Math.Min(MaxContent, Export.MaxBlock);

    /// <summary>Names the context of a dirty bitmap of QEMU.</summary>
    public static string DirtyBitmap(string name) => $"qemu:dirty-bitmap:{name}";

    /// <summary>Connects to a server and opens an export.</summary>
    /// <param name="socketPath">The server's unix socket.</param>
    /// <param name="exportName">The export; empty for the server's default.</param>
    /// <param name="contexts">What maps are wanted. Which of them the server has says <see cref="Has"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="ProviderException">There is no server, or it refuses, or it does not speak the protocol.</exception>
    public static async Task<NbdClient> ConnectAsync(
        string socketPath, string exportName, IReadOnlyCollection<string>? contexts = null, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        NbdConnection? connection = null;
        try
        {
            await ConnectAsync(socket, socketPath, cancellationToken).ConfigureAwait(false);
            var wire = new NbdWire(new NetworkStream(socket, ownsSocket: false));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_handshakeLimit);
            (NbdExport export, Dictionary<string, uint> known) = await new NbdHandshake(wire, exportName).RunAsync(contexts ?? [], limit.Token).ConfigureAwait(false);
            connection = new NbdConnection(socket, wire);
            connection.Start();
            return new NbdClient(connection, export, known);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw NbdFailure.Lost($"the server did not finish the handshake in {s_handshakeLimit.TotalSeconds} s", e);
        }
        finally
        {
            if (connection is null)
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>Says whether the server has a context that was wanted.</summary>
    public bool Has(string context) => _contexts.ContainsKey(context);

    /// <summary>Reads content.</summary>
    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        Check(offset, destination.Length);
        for (int done = 0; done < destination.Length;)
        {
            Memory<byte> piece = destination.Slice(done, (int)Math.Min(ContentLimit, destination.Length - done));
            var request = new NbdRequest(NbdCommand.Read, offset + done, piece.Length, piece);
            await _connection.SendAsync(request, 0, default, cancellationToken).ConfigureAwait(false);
            done += piece.Length;
        }
    }

    /// <summary>Writes content.</summary>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Check(offset, source.Length);
        for (int done = 0; done < source.Length;)
        {
            ReadOnlyMemory<byte> piece = source.Slice(done, (int)Math.Min(ContentLimit, source.Length - done));
            await _connection.SendAsync(new NbdRequest(NbdCommand.Write, offset + done, piece.Length, default), 0, piece, cancellationToken).ConfigureAwait(false);
            done += piece.Length;
        }
    }

    /// <summary>Makes a range read as zeros.</summary>
    /// <param name="range">The range.</param>
    /// <param name="keepAllocated">Whether the space stays allocated.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public ValueTask WriteZeroesAsync(ByteRange range, bool keepAllocated = false, CancellationToken cancellationToken = default) =>
        SpanAsync(NbdCommand.WriteZeroes, range, keepAllocated ? NoHole : (ushort)0, cancellationToken);

    /// <summary>Gives a range back. What it reads as afterwards is the server's choice.</summary>
    public ValueTask TrimAsync(ByteRange range, CancellationToken cancellationToken = default) => SpanAsync(NbdCommand.Trim, range, 0, cancellationToken);

    /// <summary>Makes durable what was answered before.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default) =>
        await _connection.SendAsync(new NbdRequest(NbdCommand.Flush, 0, 0, default), 0, default, cancellationToken).ConfigureAwait(false);

    /// <summary>Maps a range, neighbours of the same state joined.</summary>
    /// <param name="context">A context that the server has.</param>
    /// <param name="range">The range.</param>
    /// <param name="cancellationToken">Ends the call early, and never cleanly.</param>
    /// <returns>Ascending extents that cover the range without gaps.</returns>
    public async IAsyncEnumerable<NbdExtent> MapAsync(string context, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        uint id = _contexts.TryGetValue(context, out uint known) ? known : throw NbdFailure.Protocol($"it does not have the context '{context}'");
        Check(range.Offset, range.Length);
        NbdExtent? last = null;
        for (long position = range.Offset; position < range.End;)
        {
            // How much a server answers of what it is asked is its choice: at least one extent, and on from there.
            var request = new NbdRequest(NbdCommand.BlockStatus, position, Math.Min(MaxSpan, range.End - position), default);
            await _connection.SendAsync(request, 0, default, cancellationToken).ConfigureAwait(false);
            if (!request.Status.TryGetValue(id, out List<NbdExtent>? extents))
            {
                throw NbdFailure.Protocol($"it leaves out the context '{context}' that was agreed on");
            }

            foreach (NbdExtent extent in extents)
            {
                if (last is { } before && before.Flags == extent.Flags)
                {
                    last = before with { Range = ByteRange.FromBounds(before.Range.Offset, extent.Range.End) };
                    continue;
                }

                if (last is { } ended)
                {
                    yield return ended;
                }

                last = extent;
            }

            position = extents[^1].Range.End;
        }

        if (last is { } rest)
        {
            yield return rest;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task ConnectAsync(Socket socket, string path, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw NbdFailure.Lost($"nothing answers at {path}", e);
        }
    }

    private async ValueTask SpanAsync(NbdCommand command, ByteRange range, ushort flags, CancellationToken cancellationToken)
    {
        Check(range.Offset, range.Length);
        for (long position = range.Offset; position < range.End;)
        {
            long length = Math.Min(MaxSpan, range.End - position);
            await _connection.SendAsync(new NbdRequest(command, position, length, default), flags, default, cancellationToken).ConfigureAwait(false);
            position += length;
        }
    }

    private void Check(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Export.Length - offset, nameof(offset));
        if (((offset | length) & (Export.MinBlock - 1)) != 0)
        {
            throw new ArgumentException($"This export takes multiples of {Export.MinBlock} bytes only.", nameof(offset));
        }
    }
}
