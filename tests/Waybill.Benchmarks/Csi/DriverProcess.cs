using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Waybill.Benchmarks.Csi;

/// <summary>The reference driver as a process of its own, and a channel to it.</summary>
internal sealed class DriverProcess : IAsyncDisposable
{
    private readonly Process _process;

    private DriverProcess(Process process, GrpcChannel channel)
    {
        _process = process;
        Channel = channel;
    }

    public GrpcChannel Channel { get; }

    public static async Task<DriverProcess> StartAsync(string driver, string pool, string socket)
    {
        var start = new ProcessStartInfo(driver, ["--endpoint", $"unix://{socket}", "--pool", pool, "--node-id", "bench", "--driver-name", "local.csi.waybill"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!File.Exists(socket))
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }

        return new DriverProcess(process, GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                    return new NetworkStream(connection, ownsSocket: true);
                },
            },
        }));
    }

    /// <summary>Reads a line such as <c>VmRSS</c> of the process's status, in MiB.</summary>
    public double ReadMemory(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024;
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
