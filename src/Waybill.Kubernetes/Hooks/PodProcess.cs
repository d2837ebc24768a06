using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Waybill.Kubernetes;

/// <summary>A program that runs in a container, with its input and outputs. It goes on when the way to it breaks.</summary>
internal sealed class PodProcess : IAsyncDisposable
{
    // The channels of the protocol v4.channel.k8s.io.
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Errors = 2;
    private const byte End = 3;

    private const int MaxErrorText = 4 << 10;
    private const int MaxLine = 4 << 10;

    // What prints without end is not read without end.
    private const int MaxLines = 1 << 10;
    private const int MaxEndText = 64 << 10;

    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly WebSocket _socket;
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MaxLines) { SingleReader = true, SingleWriter = true });
    private readonly StringBuilder _line = new();
    private readonly StringBuilder _errors = new();
    private readonly MemoryStream _end = new();
    private readonly Task _receiving;

    private PodProcess(WebSocket socket)
    {
        _socket = socket;
        _receiving = ReceiveAsync();
    }

    /// <summary>Gets the lines it prints; they end when it does, or when the way to it breaks.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>Gets the last that it printed to standard error.</summary>
    public string ErrorText
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ObjectNotFound"/> if there is no such pod, or what else the cluster reports.</exception>
    public static async Task<PodProcess> StartAsync(ApiClient client, PodHook where, IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        new(await client.OpenExecAsync(where.Namespace, where.Pod, where.Container, command, cancellationToken).ConfigureAwait(false));

    /// <summary>Writes a line to its input.</summary>
    /// <exception cref="WebSocketException">The way to it is broken.</exception>
    public async Task WriteLineAsync(string line, CancellationToken cancellationToken)
    {
        byte[] message = [Input, .. Encoding.UTF8.GetBytes(line), (byte)'\n'];
        await _socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until it has ended.</summary>
    /// <returns>Its exit code; null if the way to it broke, with why it could not be run.</returns>
    public async Task<(int? ExitCode, string Problem)> WaitAsync(CancellationToken cancellationToken)
    {
        await _receiving.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_end.Length == 0)
        {
            return (null, "the connection broke");
        }

        try
        {
            using JsonDocument status = JsonDocument.Parse(_end.ToArray());
            JsonElement cause = status.RootElement.Member("details").Items("causes").FirstOrDefault(cause => cause.Text("reason") == "ExitCode");
            return status.RootElement.Text("status") == "Success" ? (0, "")
                : int.TryParse(cause.Text("message"), System.Globalization.CultureInfo.InvariantCulture, out int code) ? (code, "")
                : (null, status.RootElement.Text("message"));
        }
        catch (JsonException)
        {
            return (null, "the cluster's last word cannot be read");
        }
    }

    /// <summary>Closes its input and outputs.</summary>
    public async ValueTask DisposeAsync()
    {
        using var late = new CancellationTokenSource(s_farewell);
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, late.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // It was closed already, or is broken.
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _ended.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[16 << 10];
        PodChannels channels = default;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult part = await _socket.ReceiveAsync(buffer.AsMemory(), _ended.Token).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                Memory<byte> bytes = buffer.AsMemory(0, part.Count);
                byte channel = channels.Take(ref bytes, part.EndOfMessage);
                await TakeAsync(channel, bytes).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The end, however it came: what is not known by now is not told any more.
        }
        finally
        {
            _lines.Writer.TryComplete();
        }
    }

    private async ValueTask TakeAsync(byte channel, ReadOnlyMemory<byte> bytes)
    {
        switch (channel)
        {
            case Output:
                for (int i = 0; i < bytes.Length; i++)
                {
                    char value = (char)bytes.Span[i];
                    if (value == '\n')
                    {
                        await _lines.Writer.WriteAsync(_line.ToString(), _ended.Token).ConfigureAwait(false);
                        _line.Clear();
                    }
                    else if (_line.Length < MaxLine)
                    {
                        _line.Append(value);
                    }
                }

                break;
            case Errors:
                lock (_errors)
                {
                    _errors.Append(Encoding.UTF8.GetString(bytes.Span));
                    _errors.Remove(0, Math.Max(0, _errors.Length - MaxErrorText));
                }

                break;
            case End when _end.Length + bytes.Length <= MaxEndText:
                _end.Write(bytes.Span);
                break;
        }
    }
}
