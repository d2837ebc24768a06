using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Samples.QemuNbd;

/// <summary>Commands to a running qemu-storage-daemon, one after the other.</summary>
internal sealed class QmpClient : IDisposable
{
    private readonly Socket _socket;
    private readonly StreamReader _reader;
    private readonly NetworkStream _stream;

    private QmpClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        _reader = new StreamReader(_stream);
    }

    /// <summary>Connects to a monitor; <see langword="null"/> if none is there.</summary>
    public static async Task<QmpClient?> TryConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        if (!File.Exists(socketPath))
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        QmpClient? client = null;
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
            client = new QmpClient(socket);
            await client.ReadAsync(cancellationToken).ConfigureAwait(false);
            await client.ExecuteAsync("qmp_capabilities", null, cancellationToken).ConfigureAwait(false);
            QmpClient connected = client;
            client = null;
            return connected;
        }
        catch (SocketException)
        {
            // What a daemon that was killed leaves behind.
            return null;
        }
        finally
        {
            if (client is not null || !socket.Connected)
            {
                client?.Dispose();
                socket.Dispose();
            }
        }
    }

    /// <summary>Runs a command.</summary>
    /// <returns>What it returned.</returns>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, CancellationToken cancellationToken)
    {
        var message = new JsonObject { ["execute"] = command };
        if (arguments is not null)
        {
            message["arguments"] = arguments;
        }

        try
        {
            await _stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString() + "\n"), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw NbdFailure.Lost(e.Message, e);
        }

        while (true)
        {
            JsonElement answer = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (answer.TryGetProperty("return", out JsonElement result))
            {
                return result;
            }

            if (answer.TryGetProperty("error", out JsonElement error))
            {
                throw QemuFailure.Of("qemu-storage-daemon", $"{command}: {error.GetProperty("desc").GetString()}");
            }

            // Anything else is an event.
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task<JsonElement> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            string? line = await _reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            return line is null ? throw NbdFailure.Lost("the storage daemon ended its monitor") : JsonElement.Parse(line);
        }
        catch (IOException e)
        {
            throw NbdFailure.Lost(e.Message, e);
        }
        catch (JsonException e)
        {
            throw NbdFailure.Lost("the storage daemon's monitor does not speak QMP", e);
        }
    }
}
