using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Grpc.Core;
using Waybill.Csi.Hosting;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Hosting;

[SupportedOSPlatform("linux")]
public sealed class CsiServerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-csi-").FullName;
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly CsiPlugin _plugin = new("csi.example.com", "1.0.0") { Provider = new ScriptedProvider() };

    private string SocketPath => Path.Combine(_directory, "csi.sock");

    public void Dispose()
    {
        _limit.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("unix:///run/csi/csi.sock", "/run/csi/csi.sock")]
    [InlineData("unix:/run/csi/csi.sock", "/run/csi/csi.sock")]
    [InlineData("UNIX:///run/csi.sock", "/run/csi.sock")]
    [InlineData("/run/csi/csi.sock", "/run/csi/csi.sock")]
    [InlineData("/run/../run/csi.sock", "/run/csi.sock")]
    public void GetPath_OfEveryForm_IsThePath(string endpoint, string path) => Assert.Equal(path, UnixEndpoint.GetPath(endpoint));

    [Theory]
    [InlineData("")]
    [InlineData("unix://")]
    [InlineData("tcp://127.0.0.1:10000")]
    [InlineData("/run/csi/")]
    [InlineData("/run/csi-with-a-name-that-is-far-too-long-for-a-unix-socket/because-its-path-has-at-most-one-hundred-and-seven-bytes.sock")]
    public void GetPath_OfWhatIsNoUnixSocket_IsRefused(string endpoint)
    {
        WaybillException error = Assert.Throws<WaybillException>(() => UnixEndpoint.GetPath(endpoint));
        Assert.Equal(WaybillErrorCode.ConfigurationInvalid, error.Code);
    }

    [Fact]
    public async Task StartAsync_WithTheDefaults_MakesASocketForOwnerAndGroup()
    {
        await using CsiServer server = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(SocketPath));
        Assert.Equal([SocketPath], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task StartAsync_WhereNobodyServesTheSocketAnyMore_ReplacesIt()
    {
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Bound and renamed, as closing it would remove it otherwise: a process that was killed removes nothing.
            stale.Bind(new UnixDomainSocketEndPoint(SocketPath + "x"));
            File.Move(SocketPath + "x", SocketPath);
        }

        Assert.True(File.Exists(SocketPath));
        await using CsiServer server = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);

        using Grpc.Net.Client.GrpcChannel channel = PluginHost.Connect(SocketPath);
        GetPluginInfoResponse info = await new Identity.IdentityClient(channel).GetPluginInfoAsync(new GetPluginInfoRequest(), cancellationToken: _limit.Token);
        Assert.Equal("csi.example.com", info.Name);
    }

    [Fact]
    public async Task StartAsync_WhereAnotherServes_IsRefusedAndLeavesItServing()
    {
        await using CsiServer first = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(
            () => CsiServer.StartAsync(_plugin, new CsiServerOptions($"unix://{SocketPath}"), _limit.Token));

        Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        using Grpc.Net.Client.GrpcChannel channel = PluginHost.Connect(SocketPath);
        await new Identity.IdentityClient(channel).ProbeAsync(new ProbeRequest(), cancellationToken: _limit.Token);
    }

    [Fact]
    public async Task StartAsync_WhereAnotherKindOfFileIs_IsRefusedAndLeavesIt()
    {
        await File.WriteAllTextAsync(SocketPath, "");

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token));

        Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public async Task StartAsync_WhereThereIsNoDirectory_IsRefused()
    {
        WaybillException error = await Assert.ThrowsAsync<WaybillException>(
            () => CsiServer.StartAsync(_plugin, new CsiServerOptions(Path.Combine(_directory, "missing", "csi.sock")), _limit.Token));

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
    }

    [Fact]
    public async Task DisposeAsync_OfAServer_RemovesItsSocket()
    {
        CsiServer server = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);

        await server.DisposeAsync();
        await server.DisposeAsync();

        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task DisposeAsync_AfterASuccessorTookThePath_LeavesTheSuccessorsSocket()
    {
        CsiServer first = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);
        File.Delete(SocketPath);
        await using CsiServer second = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);

        await first.DisposeAsync();

        using Grpc.Net.Client.GrpcChannel channel = PluginHost.Connect(SocketPath);
        await new Identity.IdentityClient(channel).ProbeAsync(new ProbeRequest(), cancellationToken: _limit.Token);
    }

    [Fact]
    public async Task StopAsync_WhileACallRuns_LetsItFinishFirst()
    {
        var provider = new ScriptedProvider();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        provider.Faults.BeforeCall = async (call, cancellationToken) =>
        {
            if (call == ScriptedCall.CreateVolume)
            {
                entered.TrySetResult();
                await go.Task.WaitAsync(cancellationToken);
            }
        };
        await using PluginHost host = await PluginHost.StartAsync(provider);
        AsyncUnaryCall<CreateVolumeResponse> running = host.Controller.CreateVolumeAsync(Requests.Create("slow"), cancellationToken: _limit.Token);
        await entered.Task.WaitAsync(_limit.Token);

        Task stopping = host.Server.StopAsync(_limit.Token);
        Assert.True(File.Exists(host.Server.SocketPath));
        go.SetResult();
        CreateVolumeResponse created = await running;
        await stopping;

        Assert.NotEmpty(created.Volume.VolumeId);
        Assert.False(File.Exists(host.Server.SocketPath));
    }

    [Fact]
    public async Task StopAsync_WhenACallOutlastsTheLimit_EndsItWithAnError()
    {
        var provider = new ScriptedProvider();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        provider.Faults.BeforeCall = async (call, cancellationToken) =>
        {
            if (call == ScriptedCall.CreateVolume)
            {
                entered.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        };
        var plugin = new CsiPlugin("csi.example.com", "1.0.0") { Provider = provider };
        var options = new CsiServerOptions(SocketPath) { StopTimeout = TimeSpan.FromMilliseconds(200) };
        CsiServer server = await CsiServer.StartAsync(plugin, options, _limit.Token);
        using Grpc.Net.Client.GrpcChannel channel = PluginHost.Connect(SocketPath);
        AsyncUnaryCall<CreateVolumeResponse> running = new Controller.ControllerClient(channel).CreateVolumeAsync(Requests.Create("slow"), cancellationToken: _limit.Token);
        await entered.Task.WaitAsync(_limit.Token);

        await server.DisposeAsync();

        await Assert.ThrowsAsync<RpcException>(async () => await running);
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task RunAsync_WhenCancelled_StopsWithoutAnError()
    {
        using var end = new CancellationTokenSource();
        Task running = CsiServer.RunAsync(_plugin, new CsiServerOptions(SocketPath), end.Token);
        using Grpc.Net.Client.GrpcChannel channel = PluginHost.Connect(SocketPath);
        await new Identity.IdentityClient(channel).ProbeAsync(
            new ProbeRequest(), new CallOptions(cancellationToken: _limit.Token).WithWaitForReady());

        await end.CancelAsync();
        await running.WaitAsync(_limit.Token);

        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Connection_ThatIsIdle_StaysOpen()
    {
        await using CsiServer server = await CsiServer.StartAsync(_plugin, new CsiServerOptions(SocketPath), _limit.Token);
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(SocketPath, _limit.Token);
        byte[] block = RawHttp2.Block("/csi.v1.Identity/GetPluginInfo", RawHttp2.Literal(0x01, "localhost"));
        byte[] first = await connection.CallAsync(1, block, _limit.Token);

        // The web server looks for idle connections once a second, by its own clock.
        await Task.Delay(TimeSpan.FromSeconds(2.5), _limit.Token);

        Assert.Equal(first, await connection.CallAsync(3, block, _limit.Token));
    }

    [Theory]
    [InlineData("/livez", HttpStatusCode.OK)]
    [InlineData("/readyz", HttpStatusCode.OK)]
    [InlineData("/csi.v1.Identity/Probe", HttpStatusCode.NotFound)]
    public async Task HealthEndpoint_OfAPluginThatWorks_Answers(string path, HttpStatusCode expected)
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider(), health: new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new HttpClient();

        using HttpResponseMessage response = await client.GetAsync($"http://{host.Server.HealthEndpoint}{path}", _limit.Token);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task HealthEndpoint_OfAPlatformThatFails_IsAliveButNotReady()
    {
        var provider = new ScriptedProvider();
        provider.Faults.Fail(ScriptedCall.FindVolume, count: 1000);
        await using PluginHost host = await PluginHost.StartAsync(provider, health: new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new HttpClient();

        using HttpResponseMessage live = await client.GetAsync($"http://{host.Server.HealthEndpoint}/livez", _limit.Token);
        using HttpResponseMessage ready = await client.GetAsync($"http://{host.Server.HealthEndpoint}/readyz", _limit.Token);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("WB3010", await ready.Content.ReadAsStringAsync(_limit.Token));
    }

    [Fact]
    public async Task StartAsync_WhereThePortForHealthIsTaken_IsRefusedAndLeavesNoSocket()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var options = new CsiServerOptions(SocketPath) { HealthEndpoint = (IPEndPoint)taken.LocalEndpoint };

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => CsiServer.StartAsync(_plugin, options, _limit.Token));

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
        Assert.Empty(Directory.GetFileSystemEntries(_directory));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a_b")]
    [InlineData("a-name-that-is-longer-than-the-sixty-three-characters-it-may-have.x")]
    public async Task StartAsync_WithANameThatIsNone_IsRefused(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => CsiServer.StartAsync(_plugin with { Name = name }, new CsiServerOptions(SocketPath), _limit.Token));
}
