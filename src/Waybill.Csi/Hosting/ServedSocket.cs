using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Waybill.Csi.Hosting;

/// <summary>A unix socket that listens under its path, and takes its own file with it when it goes.</summary>
internal sealed class ServedSocket : IDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly SocketIdentity? _identity;

    private ServedSocket(string path, Socket socket)
    {
        _path = path;
        Socket = socket;
        _identity = SocketIdentity.Find(path);
    }

    /// <summary>Gets the socket. Whoever takes connections from it closes it.</summary>
    public Socket Socket { get; }

    /// <summary>Listens under a path. A socket file that nobody serves any more is replaced; any other file is left alone.</summary>
    [SupportedOSPlatform("linux")]
    public static async Task<ServedSocket> ListenAsync(string path, UnixFileMode mode, CancellationToken cancellationToken)
    {
        await ThrowIfTakenAsync(path, cancellationToken).ConfigureAwait(false);
        string directory = Path.GetDirectoryName(path)!;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string passing = "";
        try
        {
            // Bound under a passing name and renamed: at its own path the socket has its mode and listens from the first moment on, and closing it later
            // does not remove by path what may then be the socket of a successor.
            passing = Path.Combine(directory, PassingName(Path.GetFileName(path).Length));
            socket.Bind(new UnixDomainSocketEndPoint(passing));
            File.SetUnixFileMode(passing, mode);
            socket.Listen(Backlog);
            File.Move(passing, path, overwrite: true);
            return new ServedSocket(path, socket);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new WaybillException(WaybillErrorCode.TargetWriteFailed, $"The socket cannot be made: {e.Message}", e) { ObjectName = path };
        }
    }

    /// <summary>Removes the file, if it is still the one this socket made.</summary>
    public void Dispose()
    {
        Socket.Dispose();
        if (_identity is not null && SocketIdentity.Find(_path) == _identity)
        {
            File.Delete(_path);
        }
    }

    private static async Task ThrowIfTakenAsync(string path, CancellationToken cancellationToken)
    {
        if (SocketIdentity.Find(path) is null)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_connectLimit);
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string reason = "Another process serves this socket";
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            return;
        }
        catch (SocketException) when (SocketIdentity.Find(path) is null)
        {
            return;
        }
        catch (SocketException e) when (!IsSocket(path))
        {
            reason = $"There is a file here that is not a socket ({e.SocketErrorCode})";
        }
        catch (SocketException e)
        {
            reason = $"It cannot be found out whether another process serves this socket ({e.SocketErrorCode})";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reason = "Another process serves this socket, and is too busy to answer";
        }

        throw new WaybillException(WaybillErrorCode.TargetExists, reason) { ObjectName = path, Hint = "Stop the other process, or name another socket." };
    }

    // Connecting to any other file is refused, too.
    private static bool IsSocket(string path) => SocketIdentity.Find(path) is { IsSocket: true };

    // Not longer than the name it passes for, as the path of a socket has a limit.
    private static string PassingName(int length)
    {
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        string name = "." + Convert.ToHexStringLower(random);
        return name[..Math.Clamp(length, 2, name.Length)];
    }
}
