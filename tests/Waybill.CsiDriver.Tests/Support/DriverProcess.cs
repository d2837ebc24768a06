using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Grpc.Net.Client;
using Waybill.Csi.Wire;
using Wire = Waybill.Csi.Wire;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>The driver as an orchestrator runs it: a process that serves a socket.</summary>
internal sealed class DriverProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log;
    private readonly Task _reading;
    private readonly GrpcChannel _channel;

    private DriverProcess(Process process, StringBuilder log, Task reading, GrpcChannel channel)
    {
        _process = process;
        _log = log;
        _reading = reading;
        _channel = channel;
        Identity = new Wire.Identity.IdentityClient(channel);
        Controller = new Wire.Controller.ControllerClient(channel);
        Groups = new Wire.GroupController.GroupControllerClient(channel);
        Node = new Wire.Node.NodeClient(channel);
        Metadata = new Wire.SnapshotMetadata.SnapshotMetadataClient(channel);
    }

    public Wire.Identity.IdentityClient Identity { get; }

    public Wire.Controller.ControllerClient Controller { get; }

    public Wire.GroupController.GroupControllerClient Groups { get; }

    public Wire.Node.NodeClient Node { get; }

    public Wire.SnapshotMetadata.SnapshotMetadataClient Metadata { get; }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts it, and returns when it takes calls.</summary>
    public static async Task<DriverProcess> StartAsync(string socket, string pool, params string[] more)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Waybill.CsiDriver.dll");
        string host = Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, [program, "--endpoint", "unix://" + socket, "--pool", pool, "--node-id", "test-node", .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };

        // A service often lacks the directories of system programs.
        start.Environment["PATH"] = string.Join(':', (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(path => !path.EndsWith("sbin", StringComparison.Ordinal)));
        Process process = Process.Start(start)!;
        var log = new StringBuilder();
        Task reading = Task.WhenAll(ReadAsync(process.StandardOutput, log), ReadAsync(process.StandardError, log));
        GrpcChannel channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(socket, token) },
            DisposeHttpClient = true,
        });
        var driver = new DriverProcess(process, log, reading, channel);
        try
        {
            long begin = Stopwatch.GetTimestamp();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            while (!await driver.IsReadyAsync(socket))
            {
                if (process.HasExited)
                {
                    await reading;
                    Assert.Fail($"the driver ended: {driver.Log}");
                }

                Assert.True(Stopwatch.GetElapsedTime(begin) < Machine.Patience, $"the driver takes no calls: {driver.Log}");
                await timer.WaitForNextTickAsync();
            }

            return driver;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for a line of the log: one is written a moment after what it tells of.</summary>
    public async Task<string> WaitForLogAsync(string text)
    {
        long begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            if (Log.Split('\n').FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            Assert.True(Stopwatch.GetElapsedTime(begin) < Machine.Patience, $"the log does not say '{text}': {Log}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Ends it as a failing host would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _reading;
    }

    /// <summary>Asks it to end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await Machine.RunAsync("kill", "-TERM", Id.ToString(CultureInfo.InvariantCulture));
        using var limit = new CancellationTokenSource(Machine.Patience);
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _channel.Dispose();
        _process.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder log)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (log)
            {
                log.AppendLine(line);
            }
        }
    }

    // A socket that nobody serves any more may still be there.
    private async Task<bool> IsReadyAsync(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            (await ConnectAsync(path, CancellationToken.None)).Dispose();
        }
        catch (SocketException)
        {
            return false;
        }

        return (await Identity.ProbeAsync(new ProbeRequest())).Ready ?? true;
    }
}
